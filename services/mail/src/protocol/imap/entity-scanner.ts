/**
 * Finds the entities of a message in one pass over its octets, line by line, holding no more than the headers: RFC 2046,
 * section 5.1. A stack has the entities that are open at this place, from the message down to the innermost part; a
 * boundary closes all that are inside of its multipart. Boundaries are looked up in a table, so that a line costs the same
 * at any depth.
 */
import type { HeaderField } from '../header-section.ts';
import { joinOctets, LF, toBinaryText } from '../octets.ts';
import { beginEntity, type Entity, encodingOf, mediaTypeOf, parameterOf } from './entity.ts';
import { fieldsOfLines, isBlankLine, readWholeHeader } from './header-fields.ts';

/** Entities inside of entities, and entities at all, that are told apart; what is deeper or further is one opaque body. */
const DEPTH_MAX = 50;
export const ENTITIES_MAX = 1000;
/** Octets of one entity's header, and of all headers of a message, that are kept to be read. */
const HEADER_OCTETS_MAX = 256 * 1024;
const HEADERS_OCTETS_MAX = 1024 * 1024;
/** Octets of a header that is read at once, when it lies in one piece. */
const HEADER_AT_ONCE_OCTETS_MAX = 64 * 1024;
/** Octets of a line that can be a delimiter: hyphens, a boundary of 70 characters, hyphens, blanks. */
const LINE_KEPT_OCTETS = 200;

interface Open {
  readonly entity: Entity;
  readonly isInDigest: boolean;
  /** Of a multipart whose parts may go on. */
  boundary: string | null;
  /** The level of a multipart around it that has the same boundary: senders err so, and the innermost is meant. */
  sameAround: number | undefined;
  /** Line ends before its body. */
  linesBefore: number;
  /** The header until it ends, null in the body. */
  header: Uint8Array[] | null;
}

export class EntityScanner {
  readonly #stack: Open[] = [];
  /** The level of each open multipart, by its boundary. */
  readonly #levels = new Map<string, number>();
  readonly #root: Entity;
  #entities = 0;
  #headerOctets = 0;
  /** The beginning of the line that has not ended. */
  #line: Uint8Array[] = [];
  #lineOctets = 0;
  #lineFrom = 0;
  #at = 0;
  #lines = 0;

  constructor() {
    this.#root = this.#open(0, false);
  }

  push(piece: Uint8Array): void {
    for (let from = 0; from < piece.length; ) {
      if (this.#lineOctets === 0) from = this.#isInHeader ? this.#passHeader(piece, from) : this.#passBody(piece, from);
      if (from === piece.length) break;
      const feed = piece.indexOf(LF, from);
      const to = feed === -1 ? piece.length : feed + 1;
      this.#keep(piece.subarray(from, to));
      this.#at += to - from;
      if (feed !== -1) this.#endLine(true);
      from = to;
    }
  }

  /** The whole message, when all its octets were pushed. */
  end(): Entity {
    if (this.#lineOctets > 0) this.#endLine(false);
    while (this.#stack.length > 0) this.#close(this.#at, this.#lines);
    return this.#root;
  }

  /** A header that lies in the piece as a whole. Gives back where it stopped: where it began when it is none. */
  #passHeader(piece: Uint8Array, from: number): number {
    const open = this.#stack.at(-1)!;
    const hasRoom = this.#headerOctets + HEADER_AT_ONCE_OCTETS_MAX <= HEADERS_OCTETS_MAX;
    if (open.header === null || open.header.length > 0 || !hasRoom) return from;
    const header = readWholeHeader(piece, from, HEADER_AT_ONCE_OCTETS_MAX, this.#levels.size > 0);
    if (header === null) return from;
    this.#headerOctets += header.bodyFrom - from;
    this.#at += header.bodyFrom - from;
    this.#lines += header.lines;
    this.#lineFrom = this.#at;
    this.#enterBody(open, header.fields);
    return header.bodyFrom;
  }

  /** Whole lines of a body that are no delimiters. Gives back where it stopped. */
  #passBody(piece: Uint8Array, begin: number): number {
    const hasDelimiters = this.#levels.size > 0;
    let from = begin;
    for (;;) {
      if (hasDelimiters && piece[from] === HYPHEN) break;
      const feed = piece.indexOf(LF, from);
      if (feed === -1) break;
      this.#lines += 1;
      from = feed + 1;
    }
    this.#at += from - begin;
    this.#lineFrom = this.#at;
    return from;
  }

  #keep(octets: Uint8Array): void {
    const room = this.#isInHeader ? HEADER_OCTETS_MAX : LINE_KEPT_OCTETS;
    if (this.#lineOctets < room) this.#line.push(octets.slice(0, room - this.#lineOctets));
    this.#lineOctets += octets.length;
  }

  /** Whether the header of the message is read: all that an envelope needs. */
  get isPastHeader(): boolean {
    return this.#stack[0]?.header === null;
  }

  get #isInHeader(): boolean {
    return this.#stack.at(-1)?.header !== null;
  }

  #endLine(hasLineEnd: boolean): void {
    const line = joinOctets(this.#line);
    const [from, octets] = [this.#lineFrom, this.#lineOctets];
    this.#line = [];
    this.#lineOctets = 0;
    this.#lineFrom = this.#at;
    const isDelimiter = this.#levels.size > 0 && octets <= LINE_KEPT_OCTETS && this.#meetDelimiter(line, from);
    if (hasLineEnd) this.#lines += 1;
    if (isDelimiter) return;
    const innermost = this.#stack.at(-1)!;
    if (innermost.header !== null) this.#readHeaderLine(innermost, line, octets);
  }

  /** Whether the line is a delimiter of an open multipart; then the part before it ends and another may begin. */
  #meetDelimiter(line: Uint8Array, from: number): boolean {
    if (line[0] !== HYPHEN || line[1] !== HYPHEN) return false;
    const text = toBinaryText(line).trimEnd().slice(2);
    const isLast = !this.#levels.has(text) && text.endsWith('--');
    const level = this.#levels.get(isLast ? text.slice(0, -2) : text);
    if (level === undefined) return false;
    while (this.#stack.length > level + 1) this.#close(Math.max(0, from - 2), Math.max(0, this.#lines - 1));
    const multipart = this.#stack[level]!;
    if (isLast) this.#forgetBoundary(multipart);
    else if (this.#entities < ENTITIES_MAX) {
      multipart.entity.parts.push(this.#open(this.#at, multipart.entity.mediaType.value === 'multipart/digest'));
    }
    return true;
  }

  #forgetBoundary(multipart: Open): void {
    const { boundary, sameAround } = multipart;
    multipart.boundary = null;
    if (boundary === null) return;
    if (sameAround === undefined) this.#levels.delete(boundary);
    else this.#levels.set(boundary, sameAround);
  }

  #readHeaderLine(open: Open, line: Uint8Array, octets: number): void {
    const isEmpty = octets <= 2 && isBlankLine(line, 0, octets - 1);
    if (!isEmpty) {
      if (this.#headerOctets < HEADERS_OCTETS_MAX) open.header?.push(line);
      this.#headerOctets += line.length;
      return;
    }
    this.#enterBody(open, fieldsOfLines(open.header ?? []));
  }

  #enterBody(open: Open, fields: readonly HeaderField[]): void {
    this.#endHeader(open, fields, this.#at);
    const { entity } = open;
    const isOpaque = this.#stack.length > DEPTH_MAX || this.#entities >= ENTITIES_MAX;
    if (isOpaque) return;
    const boundary = parameterOf(entity.mediaType, 'boundary')?.trimEnd();
    if (entity.mediaType.value.startsWith('multipart/') && boundary !== undefined) {
      open.boundary = boundary;
      open.sameAround = this.#levels.get(boundary);
      this.#levels.set(boundary, this.#stack.length - 1);
    } else if (
      MESSAGE_TYPES.includes(entity.mediaType.value) &&
      IDENTITY_ENCODINGS.includes(encodingOf(entity.fields))
    ) {
      entity.message = this.#open(this.#at, false);
    }
  }

  #endHeader(open: Open, fields: readonly HeaderField[], bodyFrom: number): void {
    open.entity.fields = fields;
    open.entity.mediaType = mediaTypeOf(open.entity.fields, open.isInDigest);
    open.header = null;
    open.entity.bodyFrom = bodyFrom;
    open.linesBefore = this.#lines;
  }

  #open(at: number, isInDigest: boolean): Entity {
    const entity = beginEntity(at);
    this.#stack.push({
      entity,
      isInDigest,
      boundary: null,
      sameAround: undefined,
      linesBefore: this.#lines,
      header: [],
    });
    this.#entities += 1;
    return entity;
  }

  #close(at: number, lines: number): void {
    const open = this.#stack.pop()!;
    const { entity } = open;
    // A header without an empty line behind it: there is no body.
    if (open.header !== null) this.#endHeader(open, fieldsOfLines(open.header), Math.max(entity.headerFrom, at));
    // The empty line may be the line end that the boundary has before it: then it is no part of this entity.
    else entity.bodyFrom = Math.max(entity.headerFrom, Math.min(entity.bodyFrom, at));
    this.#forgetBoundary(open);
    entity.bodyTo = Math.max(entity.bodyFrom, at);
    entity.lines = Math.max(0, lines - open.linesBefore);
  }
}

const HYPHEN = 0x2d;
/** RFC 2046, section 5.2.1: a message inside has no other encoding; with another it is opaque. */
const IDENTITY_ENCODINGS = ['7bit', '8bit', 'binary'];
/** RFC 9051, section 9, `media-message`: message/global (RFC 6532) is a message too. */
const MESSAGE_TYPES = ['message/rfc822', 'message/global'];
