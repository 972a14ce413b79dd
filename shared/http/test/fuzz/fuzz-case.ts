import { mutate } from './mutate-message.ts';
import { Random } from './random.ts';
import { goodRequest, sampleRequest } from './sample-messages.ts';
import { MUTATED_PREFIX, normalised } from './strict-origin.ts';
import { linesOf, type Message, type Reading, readRequest } from './strict-reader.ts';

/** What one client says on one connection. All of it follows from the seed. */
export interface FuzzCase {
  readonly seed: number;
  /** Octets as Latin-1, in the pieces in which they are written. */
  readonly pieces: readonly string[];
  /** Whether the client waits a moment after each piece, so that what was asked is answered. */
  readonly isSlow: boolean;
  /** Whether nothing was changed: then each request must be answered by the origin. */
  readonly isGood: boolean;
  /** Whether the client leaves without waiting for answers. */
  readonly leaves: boolean;
  /** Whether the client ends its side when it has said all, and waits for its answers nevertheless. */
  readonly endsItsSide: boolean;
  /** Whether another client asks for the same things, too. */
  readonly hasTwin: boolean;
  readonly framed: Framed;
}

/** A request as the client framed it. */
export interface FramedRequest {
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  readonly body: string;
  readonly isConditional: boolean;
  readonly version: string;
}

/** What a strict reader makes of all that the client says. */
interface Framed {
  readonly requests: readonly FramedRequest[];
  /** What begins after them: nothing, a request that stops short, or no request at all. */
  readonly rest: 'nothing' | 'unfinished' | 'wrong';
  readonly because: string;
  /** The head of a request whose body stops short or goes wrong, and the part of its body until then. */
  readonly begun: FramedRequest | null;
}

/** Requests of one connection, at most. */
const PIPELINE_MAX = 4;
const PIECES_MAX = 5;
const CHANGES_MAX = 3;

/** @param authorities of the origin; requests go to one of them */
export function fuzzCase(seed: number, authorities: readonly string[]): FuzzCase {
  const random = new Random(seed);
  const authority = random.pick(authorities);
  const hasMutatedAnswers = random.once(2);
  const id = random.id();
  const isGood = random.once(6);
  const count = 1 + random.below(PIPELINE_MAX);
  const path = (at: number) => `${hasMutatedAnswers ? MUTATED_PREFIX : '/f'}/${id}/${at}`;
  const sample = isGood ? goodRequest : sampleRequest;
  let text = '';
  let before = '';
  for (let at = 0; at < count; at += 1) {
    // The same once more may come from the store, by another way through the proxy.
    if (before === '' || !random.once(3)) before = sample(authority, path(at), random);
    text += isGood || random.once(3) ? before : mutate(before, random, CHANGES_MAX);
  }
  if (!isGood && random.once(6)) text = mutate(text, random, 1);
  return {
    seed,
    pieces: split(text, random),
    isSlow: random.once(4),
    isGood,
    leaves: random.once(20),
    endsItsSide: random.once(6),
    hasTwin: random.once(4),
    framed: framedIn(text),
  };
}

function split(text: string, random: Random): string[] {
  if (random.once(2)) return [text];
  const places = Array.from({ length: 1 + random.below(PIECES_MAX - 1) }, () => random.below(text.length + 1));
  const cuts = [0, ...places.toSorted((one, other) => one - other), text.length];
  return cuts.slice(1).map((cut, at) => text.slice(cuts[at], cut));
}

/** What the client framed, by the strict reader. */
function framedIn(text: string): Framed {
  const requests: FramedRequest[] = [];
  let at = 0;
  for (;;) {
    if (/^(\r\n)*$/.test(text.slice(at))) return { requests, rest: 'nothing', because: '', begun: null };
    const reading: Reading = readRequest(text, at);
    if (reading.kind !== 'message') {
      const because = reading.kind === 'wrong' ? reading.because : 'it stops short';
      const begun = reading.head === null ? null : asked(reading.head.start, reading.head.fields, reading.part);
      return { requests, rest: reading.kind, because, begun };
    }
    requests.push(asked(reading.message.start, reading.message.fields, reading.message.body));
    at = reading.message.end;
  }
}

/** Method, host and path as the origin is to see them: the absolute form wins over Host (RFC 9112, section 3.2.2). */
function asked(start: readonly string[], fields: Message['fields'], body: string): FramedRequest {
  const [method = '', target = '', version = ''] = start;
  const absolute = /^http:\/\/([^/?#]*)(.*)$/i.exec(target);
  const authority = normalised(absolute?.[1] ?? linesOf(fields, 'host')[0] ?? '');
  const rest = absolute?.[2] ?? target;
  const path = rest.startsWith('/') || absolute === null ? rest : `/${rest}`;
  const isConditional = fields.some(([name]) => /^(range|if-.*)$/i.test(name));
  return { method, authority, path, body, isConditional, version };
}
