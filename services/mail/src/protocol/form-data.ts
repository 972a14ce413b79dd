/**
 * Forms with files, as a browser sends them: multipart/form-data, RFC 7578, whose parts are those of RFC 2046, section 5.1. A
 * form is read while it comes, in pieces that may end anywhere, so that its files need not be held.
 */
import { fieldValue, isNamed, lineEnd, splitHeaderSection } from './header-section.ts';
import { parseFieldWithParameters } from './imap/media-type.ts';
import { CR, joinOctets, LF, toText } from './octets.ts';

export interface FormPartHead {
  readonly name: string;
  /** Null for a field that is no file; '' for a file that was not chosen. */
  readonly filename: string | null;
  readonly type: string;
}

/** A part begins, has octets, and is whole. One that was cut off has no end. */
export type FormEvent =
  | { readonly kind: 'part'; readonly head: FormPartHead }
  | { readonly kind: 'octets'; readonly octets: Uint8Array }
  | { readonly kind: 'end' };

/** Fields and files of one form. */
export const FORM_PARTS_MAX = 200;
/** Octets of one part's header. */
const PART_HEADER_OCTETS_MAX = 8 * 1024;
/** Longest boundary (RFC 2046, section 5.1.1). */
const BOUNDARY_LENGTH_MAX = 70;
const DASH = 0x2d;
const NOTHING = new Uint8Array();

/** @param contentType the request's Content-Type; null when its body is no form of this kind */
export function openFormReader(contentType: string): FormReader | null {
  const { value, parameters } = parseFieldWithParameters(contentType);
  const boundary = parameters.find(([name]) => name === 'boundary')?.[1] ?? '';
  if (value !== 'multipart/form-data' || boundary === '' || boundary.length > BOUNDARY_LENGTH_MAX) return null;
  return new FormReader(boundary);
}

/** Where a form is read: before its first part, in the header of a part, in its content, in one that is left out, behind all. */
type Place = 'preamble' | 'header' | 'content' | 'left-out' | 'over';

export class FormReader {
  readonly #delimiter: string;
  #place: Place = 'preamble';
  #parts = 0;
  /** What cannot be told yet: the beginning of a line that may be a delimiter, and the line end before it; or a header. */
  #held: Uint8Array = NOTHING;
  /** Whether `#held` begins a line. */
  #isLineStart = true;

  constructor(boundary: string) {
    this.#delimiter = `--${boundary}`;
  }

  push(piece: Uint8Array): FormEvent[] {
    const events: FormEvent[] = [];
    let octets = this.#held.length === 0 ? piece : joinOctets([this.#held, piece]);
    this.#held = NOTHING;
    while (octets.length > 0 && this.#place !== 'over') {
      octets = this.#place === 'header' ? this.#readHeader(octets, events) : this.#readContent(octets, events);
    }
    return events;
  }

  /** Reads up to the blank line; a part whose header is no header of a form, or too long, is left out. */
  #readHeader(octets: Uint8Array, events: FormEvent[]): Uint8Array {
    const bodyAt = findBody(octets);
    if (bodyAt === 'not yet') return this.#hold(octets, 0, true);
    const head = bodyAt === 'none' ? null : readHead(octets.subarray(0, bodyAt));
    this.#isLineStart = true;
    if (head === null || bodyAt === 'none') {
      this.#place = 'left-out';
      return octets;
    }
    this.#place = 'content';
    events.push({ kind: 'part', head });
    return octets.subarray(bodyAt);
  }

  /** Reads up to the next delimiter line. The line end before it belongs to it. */
  #readContent(octets: Uint8Array, events: FormEvent[]): Uint8Array {
    const longest = this.#delimiter.length + '--\r\n'.length;
    for (let at = this.#isLineStart ? 0 : lineEnd(octets, 0); at < octets.length; ) {
      const next = lineEnd(octets, at);
      const isWhole = octets[next - 1] === LF;
      if (octets[at] === DASH && next - at <= longest) {
        if (!isWhole) return this.#holdFrom(octets, at, events);
        const line = toText(octets.subarray(at, next)).replace(/\r?\n$/, '');
        if (line === this.#delimiter || line === `${this.#delimiter}--`) {
          this.#endPart(octets.subarray(0, contentEnd(octets, at)), line === this.#delimiter, events);
          return octets.subarray(next);
        }
      }
      if (!isWhole) break;
      at = next;
    }
    return this.#holdFrom(octets, octets.length, events);
  }

  #endPart(last: Uint8Array, isMoreToCome: boolean, events: FormEvent[]): void {
    if (this.#place === 'content') {
      if (last.length > 0) events.push({ kind: 'octets', octets: last });
      events.push({ kind: 'end' });
    }
    this.#parts += 1;
    this.#place = isMoreToCome && this.#parts <= FORM_PARTS_MAX ? 'header' : 'over';
    this.#isLineStart = true;
  }

  /** Gives what is content for sure; a line end right before `lineAt` waits for what the next line is. */
  #holdFrom(octets: Uint8Array, lineAt: number, events: FormEvent[]): Uint8Array {
    const end = contentEnd(octets, lineAt);
    const sure = end === octets.length && octets[end - 1] === CR ? end - 1 : end;
    if (sure > 0 && this.#place === 'content') events.push({ kind: 'octets', octets: octets.subarray(0, sure) });
    return this.#hold(octets, sure, sure === 0 && this.#isLineStart);
  }

  #hold(octets: Uint8Array, from: number, isLineStart: boolean): Uint8Array {
    // A copy: what is held must not keep the whole piece.
    this.#held = octets.slice(from);
    this.#isLineStart = isLineStart;
    return NOTHING;
  }
}

/** Where the content ends before a line that begins at `lineAt`, if that line is a delimiter. */
function contentEnd(octets: Uint8Array, lineAt: number): number {
  if (octets[lineAt - 1] !== LF) return lineAt;
  return octets[lineAt - 2] === CR ? lineAt - 2 : lineAt - 1;
}

/** Where the body begins behind the empty line; `none` where a line that is no field, such as a delimiter, comes before it. */
function findBody(octets: Uint8Array): number | 'not yet' | 'none' {
  for (let at = 0; at < PART_HEADER_OCTETS_MAX; ) {
    const next = lineEnd(octets, at);
    if (octets[at] === DASH) return 'none';
    if (octets[next - 1] !== LF || next === at) return octets.length > PART_HEADER_OCTETS_MAX ? 'none' : 'not yet';
    if (next - at === 1 || (next - at === 2 && octets[at] === CR)) return next;
    at = next;
  }
  return 'none';
}

function readHead(header: Uint8Array): FormPartHead | null {
  const { fields } = splitHeaderSection(header);
  const find = (name: string) => fields.find((field) => isNamed(field, name));
  const disposition = find('Content-Disposition');
  if (disposition === undefined) return null;
  const { value, parameters } = parseDisposition(fieldValue(disposition));
  const name = parameters.get('name');
  if (value !== 'form-data' || name === undefined) return null;
  const type = find('Content-Type');
  return {
    name,
    filename: parameters.get('filename') ?? null,
    type: type === undefined ? 'text/plain' : fieldValue(type).toLowerCase(),
  };
}

/** Section 5.1 and the HTML standard: names are UTF-8 in quotes, in which `"`, CR and LF are written %22, %0D and %0A. */
function parseDisposition(text: string): { value: string; parameters: Map<string, string> } {
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted = ''] of text.matchAll(/;\s*([\w-]{1,40})="([^"]*)"/g)) {
    const plain = quoted.replace(/%22/g, '"').replace(/%0D|%0A/gi, ' ');
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), plain);
  }
  return { value: /^\s*([\w-]+)/.exec(text)?.[1]?.toLowerCase() ?? '', parameters };
}

/** A text field with LF line ends: a browser sends CRLF (HTML standard, "multipart/form-data"). */
export function formText(content: Uint8Array): string {
  return toText(content).replace(/\r\n?/g, '\n');
}
