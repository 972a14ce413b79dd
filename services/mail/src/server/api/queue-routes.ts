import { z } from 'zod';
import { decodeEncodedWords } from '../../protocol/encoded-word.ts';
import { nextDueAt, type QueueEntry } from '../../protocol/mail-queue.ts';
import { ENTRY_OPERATIONS, type EntryOperation, operate } from '../queue-operations.ts';
import type { QueueRunner } from '../queue-runner.ts';
import { notFound } from './problem.ts';
import { type Route, route } from './route.ts';

/** Entries of one answer. */
const ENTRIES_MAX = 500;

const time = () => z.iso.datetime();

const recipientAnswer = z.object({
  address: z.string(),
  state: z.enum(['waiting', 'delivered', 'failed']),
  tries: z.int().describe('Failed ones'),
  nextTryAt: time().nullable().describe('Lab time; null when there will be none'),
  lastReply: z.string().nullable(),
});

const entryAnswer = z.object({
  id: z.string(),
  from: z.string().describe('Reverse-path; empty for the null one'),
  subject: z.string().nullable(),
  messageId: z.string().nullable(),
  octets: z.int(),
  arrivedAt: time(),
  heldSince: time().nullable(),
  isBeingTried: z.boolean().describe('At this moment: it is being sent, or a connection is being opened for it'),
  nextTryAt: time().nullable(),
  recipients: z.array(recipientAnswer),
});

const lineAnswer = z.object({ by: z.enum(['C', 'S', '-']), text: z.string() });

const queueAnswer = z.object({
  labTime: time(),
  isHeld: z.boolean().describe('The whole queue'),
  total: z.int(),
  entries: z.array(entryAnswer).describe('The oldest first'),
});

const which = z.strictObject({ id: z.string().min(1).max(100) });

type EntryAnswer = z.infer<typeof entryAnswer>;

/** An entry as the API and the page show it. */
function entryView(entry: QueueEntry, isBeingTried: boolean): EntryAnswer {
  const { id, reversePath, subject, messageId, octets, arrivedAt, heldAt, recipients } = entry;
  return {
    id,
    from: reversePath,
    subject: subject === null ? null : decodeEncodedWords(subject),
    messageId,
    octets,
    arrivedAt: iso(arrivedAt),
    heldSince: heldAt === undefined ? null : iso(heldAt),
    isBeingTried,
    nextTryAt: isoOrNull(nextDueAt(entry)),
    recipients: recipients.map(({ address, state }) => ({
      address,
      state: state.kind,
      tries: state.kind === 'waiting' ? state.tries : 0,
      nextTryAt: state.kind === 'waiting' ? iso(state.dueAt) : null,
      lastReply: state.kind === 'waiting' ? state.lastReply : state.reply,
    })),
  };
}

/** The queue: what waits, and what a person does about it. */
export function queueRoutes(queue: QueueRunner, labTime: () => number): Route[] {
  const viewOf = (entry: QueueEntry) => entryView(entry, queue.isTrying(entry));
  const whole = () => ({
    labTime: iso(labTime()),
    isHeld: queue.isHeld,
    total: queue.entries.length,
    entries: queue.entries.slice(0, ENTRIES_MAX).map(viewOf),
  });
  const done = z.object({ id: z.string(), entry: entryAnswer.nullable().describe('null when it has left the queue') });
  const perform = async (operation: EntryOperation, id: string) => {
    if (!(await operate(queue, operation, id))) throw notInQueue(id);
    const entry = queue.entry(id);
    return { id, entry: entry === null ? null : viewOf(entry) };
  };
  const operations = Object.entries(ENTRY_OPERATIONS).map(([operation, summary]) =>
    route({
      method: 'POST',
      path: `/queue/{id}/${operation}`,
      tag: 'queue',
      summary,
      params: which,
      status: 200,
      answer: done,
      problems: [404],
      run: ({ params }) => perform(operation as EntryOperation, params.id),
    }),
  );
  const ofAll = (path: string, summary: string, work: () => Promise<unknown> | unknown) =>
    route({
      method: 'POST',
      path,
      tag: 'queue',
      summary,
      status: 200,
      answer: queueAnswer,
      problems: [],
      run: async () => {
        await work();
        return whole();
      },
    });
  return [
    route({
      method: 'GET',
      path: '/queue',
      tag: 'queue',
      summary: `The queue, the oldest ${ENTRIES_MAX} entries`,
      status: 200,
      answer: queueAnswer,
      problems: [],
      run: whole,
    }),
    ofAll('/queue/retry', 'Tries everything that waits, now', () => queue.flush()),
    ofAll('/queue/hold', 'Holds the whole queue: it takes messages, and sends none', () => queue.setHeld(true)),
    ofAll('/queue/release', 'Lets the whole queue go on', () => queue.setHeld(false)),
    route({
      method: 'GET',
      path: '/queue/{id}',
      tag: 'queue',
      summary: 'One entry, with the dialogue of its last try',
      params: which,
      status: 200,
      answer: entryAnswer.extend({
        dialogue: z.array(lineAnswer).describe('C: this server as client, S: the other one, -: neither'),
      }),
      problems: [404],
      run: ({ params }) => {
        const entry = queue.entry(params.id);
        if (entry === null) throw notInQueue(params.id);
        return { ...viewOf(entry), dialogue: [...queue.dialogue(params.id)] };
      },
    }),
    ...operations,
    route({
      method: 'DELETE',
      path: '/queue/{id}',
      tag: 'queue',
      summary: 'Removes an entry; nobody is told',
      params: which,
      status: 200,
      answer: done,
      problems: [404],
      run: ({ params }) => perform('drop', params.id),
    }),
  ];
}

function notInQueue(id: string) {
  return notFound(`There is no "${id.slice(0, 100)}" in the queue: it was delivered, given back or dropped`);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}
