import type { FramedRequest, FuzzCase } from './fuzz-case.ts';
import { ID_FIELD } from './sample-messages.ts';
import type { Said, Seen } from './strict-origin.ts';
import { linesOf, type Message, readResponse } from './strict-reader.ts';

/** Something that must not be. */
export interface Finding {
  /** A few words by which findings of one kind are counted together. */
  readonly kind: string;
  readonly because: string;
  /** Seeds of the cases that it may belong to: replay each alone. */
  readonly seeds: readonly number[];
  /** Octets to look at, by what they are. */
  readonly octets: Readonly<Record<string, string>>;
}

/** Requests that are remembered after their case is over: a proxy may still be about to send them. */
const REMEMBERED_MAX = 50_000;
/** Cases among which the culprit of a finding is looked for, and those that are named when it is none of them for sure. */
const RECENT_MAX = 500;
const SUSPECTS_MAX = 48;
/** Methods of which a proxy may repeat a request without a body (RFC 9110, section 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

interface Expected {
  readonly whole: FramedRequest[];
  /** Requests that the client began and did not end, or ended wrongly. */
  readonly begun: FramedRequest[];
  readonly seed: number;
  seen: number;
}

/** Knows what clients framed, and compares it with what the origin sees. */
export class Judge {
  readonly findings: Finding[] = [];
  readonly #expected = new Map<string, Expected>();
  /** Cases that run, or did a moment ago, by their octets. */
  readonly #recent = new Map<number, string>();

  begin(one: FuzzCase, times: number): void {
    this.#recent.set(one.seed, one.pieces.join(''));
    if (this.#recent.size > RECENT_MAX) this.#recent.delete(this.#recent.keys().next().value!);
    for (let left = times; left > 0; left -= 1) {
      for (const request of one.framed.requests) this.#expect(one.seed, request).whole.push(request);
      if (one.framed.begun !== null) this.#expect(one.seed, one.framed.begun).begun.push(one.framed.begun);
    }
    while (this.#expected.size > REMEMBERED_MAX) this.#expected.delete(this.#expected.keys().next().value!);
  }

  /** The cases whose octets have some of the words of `text`: what was sent because of one of them looks like it. */
  #whose(text: string): number[] {
    const words = text.match(/[0-9a-f]{4,8}\/\d/g) ?? [];
    const seeds = [...this.#recent].filter(([, octets]) => words.some((word) => octets.includes(word)));
    return (seeds.length > 0 ? seeds : [...this.#recent].slice(-SUSPECTS_MAX)).map(([seed]) => seed);
  }

  find(kind: string, because: string, seeds: readonly number[], octets: Readonly<Record<string, string>>): void {
    this.findings.push({ kind, because, seeds, octets });
  }

  /** The origin must have seen nothing but what a client framed, and all of its body. */
  seen(request: Seen): void {
    const expected = this.#expected.get(keyOf(request));
    const what = `${request.method} ${request.authority}${request.path}`;
    const octets = { 'the origin saw': `${what}\r\n\r\n${request.body}` };
    if (expected === undefined) {
      this.find(
        'smuggled request',
        `the origin saw ${what}, which no client framed`,
        this.#whose(request.path),
        octets,
      );
      return;
    }
    const { whole, begun, seed } = expected;
    if (!request.isWhole) {
      if ([...whole, ...begun].some(({ body }) => body.startsWith(request.body))) return;
      this.find(
        'another body',
        `the origin saw a part of a body of ${what} that the client did not send`,
        [seed],
        octets,
      );
      return;
    }
    expected.seen += 1;
    if (whole.length === 0) {
      this.find('completed request', `the origin saw ${what} whole, which the client never completed`, [seed], octets);
    } else if (!whole.some(({ body }) => body === request.body)) {
      this.find('another body', `the origin saw ${what} with another body`, [seed], octets);
    } else if (expected.seen > whole.length && !IDEMPOTENT.has(request.method)) {
      this.find('repeated request', `the origin saw ${what} ${expected.seen} times`, [seed], octets);
    }
  }

  wrong(because: string, text: string): void {
    this.find('malformed request', `the origin got what is no request: ${because}`, this.#whose(text), {
      'the origin got': text,
    });
  }

  #expect(seed: number, request: FramedRequest): Expected {
    const key = keyOf(request);
    const before = this.#expected.get(key);
    if (before !== undefined) return before;
    const expected = { whole: [], begun: [], seed, seen: 0 };
    this.#expected.set(key, expected);
    return expected;
  }
}

function keyOf({ method, authority, path }: { method: string; authority: string; path: string }): string {
  // RFC 9112, section 3.2.4: the last proxy sends OPTIONS of a host without a path as "*".
  return `${method} ${authority} ${method === 'OPTIONS' && path === '*' ? '/' : path}`;
}

/** What a client has got so far: as many answers as are whole, and what is wrong with them. */
export interface Answers {
  readonly whole: number;
  readonly fault: { readonly kind: string; readonly because: string } | null;
  /** Whether the last whole answer said that the connection ends. */
  readonly ends: boolean;
}

/** Whether the octets that a client got are answers to its requests, one by one. */
export function judgeAnswers(
  text: string,
  one: FuzzCase,
  ended: boolean,
  saidTo: (path: string) => readonly Said[],
): Answers {
  const { requests, rest, begun } = one.framed;
  let at = 0;
  let whole = 0;
  let ends = false;
  const fault = (kind: string, because: string): Answers => ({ whole, ends, fault: { kind, because } });
  while (at < text.length) {
    // An origin may answer before the request has come whole (RFC 9112, section 9.3.2).
    const request = requests[whole] ?? (whole === requests.length ? begun : null);
    const reading = readResponse(text, at, request?.method ?? 'GET', ended);
    if (reading.kind === 'wrong') return fault('malformed answer', `answer ${whole + 1}: ${reading.because}`);
    if (reading.kind === 'unfinished') break;
    const { start, fields, end } = reading.message;
    at = end;
    if (Number(start[1]) < 200) {
      // RFC 9110, section 8.6, and RFC 9112, section 6.1: there is nothing that they could frame.
      if (fields.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name)))
        return fault('malformed answer', `a ${start[1]} with a framing field`);
      continue;
    }
    if (whole > requests.length || (whole === requests.length && rest === 'nothing'))
      return fault('answer to nothing', `answer ${whole + 1} to ${requests.length} requests`);
    if (ends) return fault('answer to nothing', `answer ${whole + 1} follows one that said close`);
    const because =
      request === null ? judgeRefusal(reading.message) : judgeAnswer(request, reading.message, saidTo(request.path));
    if (because !== null) return fault('wrong answer', `answer ${whole + 1}: ${because}`);
    whole += 1;
    ends = linesOf(fields, 'connection').some((value) => /\bclose\b/i.test(value)) || reading.message.by === 'close';
  }
  return { whole, ends, fault: null };
}

/** What is no request may only be answered by the proxy itself. */
function judgeRefusal(answer: Message): string | null {
  const status = answer.start[1];
  return Number(status) >= 400 && isOwn(answer) ? null : `what is no request is answered ${status}`;
}

function judgeAnswer(request: FramedRequest, answer: Message, said: readonly Said[]): string | null {
  const status = Number(answer.start[1]);
  const ids = linesOf(answer.fields, ID_FIELD.toLowerCase());
  const what = `${request.method} ${request.path} is answered ${status}`;
  if (said.some((one) => one.status === status && (request.method === 'HEAD' || one.body === answer.body))) return null;
  // A part of a body, or none because the client has it.
  if (request.isConditional && [206, 304, 412, 416].includes(status)) return null;
  // A cache answers HEAD from the response to GET, and its own conditions make a 304 a 200.
  if (said.some((one) => one.status === 304) && status === 200) return null;
  // An answer whose end is that of the connection may have lost octets: nobody can see it.
  if (answer.by === 'close' && said.some((one) => one.body.startsWith(answer.body))) return null;
  if (isOwn(answer) && (answer.body !== '' || status >= 400 || request.method !== 'GET')) return null;
  if (ids.length > 0 && !ids.includes(request.path.slice(0, 200)))
    return `${what} with the answer to ${ids.join(', ').slice(0, 100)}`;
  return `${what}, which the origin did not say`;
}

/** Whether the proxy says this itself: a page of its own, or nothing. */
function isOwn({ fields, body }: Message): boolean {
  return linesOf(fields, ID_FIELD.toLowerCase()).length === 0 && (body === '' || /^\s*<|^function |^\/\//.test(body));
}
