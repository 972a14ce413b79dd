/** Turns a message into one of 7 bits while it comes in pieces, as its plan says: RFC 6152, section 3. */
import { fieldNameOf, lineEnd } from './header-section.ts';
import type { Span } from './message-spans.ts';
import { CR, joinOctets, LF, SPACE, TAB } from './octets.ts';
import { openPartDecoder } from './part-decoder.ts';
import { openPartEncoder } from './part-encoder.ts';
import type { SpanChange } from './seven-bit-plan.ts';
import { LINE_OCTETS_MAX } from './span-flaws.ts';

/** Changes the octets of one span. */
interface SpanWriter {
  push(octets: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

const NOTHING = new Uint8Array();
const LINE_END = Uint8Array.of(CR, LF);

export class SevenBitConverter {
  readonly #spans: readonly Span[];
  readonly #changes: readonly SpanChange[];
  #at = 0;
  #span = -1;
  #writer: SpanWriter = UNCHANGED;
  #last = LF;

  /** @param changes one for each span */
  constructor(spans: readonly Span[], changes: readonly SpanChange[]) {
    this.#spans = spans;
    this.#changes = changes;
    this.#begin();
  }

  push(piece: Uint8Array): Uint8Array {
    const written: Uint8Array[] = [];
    for (let from = 0; from < piece.length && this.#span < this.#spans.length; ) {
      const octets = piece.subarray(from, from + this.#spans[this.#span]!.to - this.#at);
      written.push(this.#writer.push(octets));
      this.#at += octets.length;
      from += octets.length;
      if (this.#at < this.#spans[this.#span]!.to) break;
      written.push(this.#writer.end());
      this.#begin();
    }
    return this.#noted(joinOctets(written));
  }

  end(): Uint8Array {
    // A message ends with a line end, also when its last line is one of base64.
    return this.#last === LF ? NOTHING : LINE_END;
  }

  /** Goes to the next span that has octets, past those that have none. */
  #begin(): void {
    do this.#span += 1;
    while (this.#spans[this.#span]?.to === this.#at);
    this.#writer = writerOf(this.#changes[this.#span] ?? { kind: 'none' });
  }

  #noted(octets: Uint8Array): Uint8Array {
    this.#last = octets.at(-1) ?? this.#last;
    return octets;
  }
}

function writerOf(change: SpanChange): SpanWriter {
  if (change.kind === 'header') return new HeaderWriter(change);
  if (change.kind === 'discard') return new DiscardTextWriter();
  return change.kind === 'body' ? new BodyWriter(change) : UNCHANGED;
}

const UNCHANGED: SpanWriter = { push: (octets) => octets, end: () => NOTHING };

class BodyWriter implements SpanWriter {
  readonly #decoder;
  readonly #encoder;

  constructor({ decoding, encoding }: Extract<SpanChange, { kind: 'body' }>) {
    this.#decoder = openPartDecoder(decoding);
    this.#encoder = openPartEncoder(encoding);
  }

  push(octets: Uint8Array): Uint8Array {
    return this.#encoder.push(this.#decoder.push(octets));
  }

  end(): Uint8Array {
    return joinOctets([this.#encoder.push(this.#decoder.end()), this.#encoder.end()]);
  }
}

/** Holds a header until it is whole: the plan sees to it that there is room. */
class HeaderWriter implements SpanWriter {
  readonly #change: Extract<SpanChange, { kind: 'header' }>;
  readonly #held: Uint8Array[] = [];

  constructor(change: Extract<SpanChange, { kind: 'header' }>) {
    this.#change = change;
  }

  push(octets: Uint8Array): Uint8Array {
    this.#held.push(octets.slice());
    return NOTHING;
  }

  end(): Uint8Array {
    return changeHeader(joinOctets(this.#held), this.#change);
  }
}

/** Every line stays as it is, but for the field that is replaced: new fields stand behind the others. */
function changeHeader(header: Uint8Array, { encoding, added }: Extract<SpanChange, { kind: 'header' }>): Uint8Array {
  const kept: Uint8Array[] = [];
  let isReplaced = false;
  let end = header.length;
  for (let at = 0; at < header.length; at = lineEnd(header, at)) {
    const line = header.subarray(at, lineEnd(header, at));
    if (line[0] === LF || (line[0] === CR && line[1] === LF)) {
      end = at;
      break;
    }
    const isContinuation = line[0] === SPACE || line[0] === TAB;
    if (!isContinuation) isReplaced = fieldNameOf(line)?.toLowerCase() === 'content-transfer-encoding';
    if (!isReplaced || encoding === null) kept.push(line);
  }
  const empty = header.subarray(end);
  // Without an empty line behind it there is no body either, and nothing to be said of it.
  if (empty.length === 0) return header;
  const fields = encoding === null ? added : [...added, `Content-Transfer-Encoding: ${encoding}`];
  return joinOctets([...kept, ...fields.map((field) => encoder.encode(`${field}\r\n`)), empty]);
}

const encoder = new TextEncoder();

/** Leaves out the lines that do not fit. Boundaries always do. */
class DiscardTextWriter implements SpanWriter {
  #line: Uint8Array[] = [];
  #octets = 0;

  push(octets: Uint8Array): Uint8Array {
    const written: Uint8Array[] = [];
    for (let at = 0; at < octets.length; ) {
      const next = lineEnd(octets, at);
      const part = octets.subarray(at, next);
      this.#octets += part.length;
      if (this.#octets <= LINE_OCTETS_MAX + LINE_END.length) this.#line.push(part.slice());
      if (part.at(-1) === LF) written.push(this.end());
      at = next;
    }
    return joinOctets(written);
  }

  end(): Uint8Array {
    const line = joinOctets(this.#line);
    const fits = this.#octets <= LINE_OCTETS_MAX + LINE_END.length && line.every((octet) => octet < 0x80);
    this.#line = [];
    this.#octets = 0;
    return fits ? line : NOTHING;
  }
}
