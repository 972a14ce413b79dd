/** One hostile client, the same for each seed. */
import { Random } from '#shared/http/test/fuzz/random.ts';
import { imapDialogue, type Protocol, pop3Dialogue, type Step, smtpDialogue } from './dialogues.ts';
import { IMAP_WORDS, LINE_ENDS, POP3_WORDS, SMTP_WORDS } from './hostile-words.ts';

/** A way in: the port, and when TLS begins. */
interface Door {
  readonly protocol: Protocol;
  readonly port: number;
  readonly tls: 'none' | 'upgrade' | 'implicit';
}

export interface FuzzCase {
  readonly seed: number;
  readonly door: Door;
  /** Whether it waits for the greeting. */
  readonly isPatient: boolean;
  readonly steps: readonly Step[];
  /** Whether it is gone without a word at the end. */
  readonly leaves: boolean;
}

/** TLS costs time: the most hostile octets come without. */
const DOORS: readonly Door[] = [
  { protocol: 'smtp', port: 25, tls: 'none' },
  { protocol: 'smtp', port: 25, tls: 'none' },
  { protocol: 'smtp', port: 25, tls: 'none' },
  { protocol: 'smtp', port: 25, tls: 'upgrade' },
  { protocol: 'smtp', port: 587, tls: 'none' },
  { protocol: 'smtp', port: 587, tls: 'upgrade' },
  { protocol: 'smtp', port: 465, tls: 'implicit' },
  { protocol: 'pop3', port: 110, tls: 'none' },
  { protocol: 'pop3', port: 110, tls: 'none' },
  { protocol: 'pop3', port: 110, tls: 'upgrade' },
  { protocol: 'pop3', port: 995, tls: 'implicit' },
  { protocol: 'imap', port: 143, tls: 'none' },
  { protocol: 'imap', port: 143, tls: 'none' },
  { protocol: 'imap', port: 143, tls: 'none' },
  { protocol: 'imap', port: 143, tls: 'upgrade' },
  { protocol: 'imap', port: 993, tls: 'implicit' },
];
const WORDS = { smtp: SMTP_WORDS, pop3: POP3_WORDS, imap: IMAP_WORDS } as const;
const CHANGES_MAX = 4;
/** Octets of a case, at most. */
const OCTETS_MAX = 400_000;

export function fuzzCase(seed: number): FuzzCase {
  const random = new Random(seed);
  const door = random.pick(DOORS);
  const steps = dialogueFor(door, random, seed);
  // One of six is good as it is: what is acknowledged then must be there.
  if (!random.once(6)) {
    for (let left = 1 + random.below(CHANGES_MAX); left > 0; left -= 1) change(steps, random, WORDS[door.protocol]);
  }
  return { seed, door, isPatient: !random.once(20), steps: cutAt(steps, OCTETS_MAX), leaves: random.once(25) };
}

function dialogueFor({ protocol, port }: Door, random: Random, seed: number): Step[] {
  if (protocol === 'pop3') return pop3Dialogue(random);
  return protocol === 'imap' ? imapDialogue(random) : smtpDialogue(random, seed, port !== 25);
}

function change(steps: Step[], random: Random, words: readonly string[]): void {
  const at = random.below(Math.max(1, steps.length));
  const step = steps[at] ?? { text: '\r\n', waits: true };
  const write = (text: string) => steps.splice(at, 1, { ...step, text });
  const place = random.below(step.text.length + 1);
  const ways: readonly (() => unknown)[] = [
    () => steps.splice(at, 1),
    () => steps.splice(at, 0, step),
    () => steps.splice(at, 0, { text: `${random.pick(words)}\r\n`, waits: true }),
    () => steps.splice(random.below(steps.length + 1), 0, ...steps.splice(at, 1)),
    () => write(replaceWord(step.text, random, random.pick(words))),
    () => write(`${step.text.replace(/\r\n$/, '')} ${random.pick(words)}\r\n`),
    () => write(step.text.replace(/\r\n$/, random.pick(LINE_ENDS))),
    () => write(step.text.replaceAll('\r\n', random.pick(LINE_ENDS))),
    () => write(step.text.slice(0, place)),
    () => write(step.text.slice(0, place) + String.fromCharCode(random.below(256)) + step.text.slice(place + 1)),
    () => write(step.text.slice(0, place) + random.pick(words) + step.text.slice(place)),
    () => write(step.text.repeat(1 + random.below(200))),
    // What follows is not waited for: pipelining, also where it is not allowed.
    () => steps.splice(at, steps.length, ...steps.slice(at).map(({ text }) => ({ text, waits: false }))),
    () => write(Array.from({ length: 1 + random.below(300) }, () => String.fromCharCode(random.below(256))).join('')),
  ];
  random.pick(ways)();
}

function replaceWord(text: string, random: Random, word: string): string {
  const places = [...text.matchAll(/[^\s<>()]+/g)];
  if (places.length === 0) return word;
  const { index, 0: found } = random.pick(places);
  return text.slice(0, index) + word + text.slice(index + found.length);
}

function cutAt(steps: readonly Step[], most: number): Step[] {
  let left = most;
  return steps.map(({ text, waits }) => {
    const cut = text.slice(0, left);
    left -= cut.length;
    return { text: cut, waits };
  });
}
