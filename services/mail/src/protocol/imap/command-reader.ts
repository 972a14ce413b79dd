/**
 * Commands of IMAP cut out of a stream of octets: RFC 3501, section 2.2.1. A command is a line, but a line may end in the
 * announcement of a literal (section 4.3): `{12}` asks for permission to send 12 octets, `{12+}` (RFC 7888) sends them at
 * once, `~{12}` may have NULs (RFC 3516); then the command goes on behind them. What becomes of an announced literal is decided by the caller, because only
 * it knows the command: it is held as an argument, streamed to disk, or discarded.
 */
import { CR, joinOctets, LF, toBinaryText } from '../octets.ts';

/** A stretch of a command: text as one character for each octet, or a literal that was held. */
export type CommandPiece = string | Uint8Array;

export type ReaderEvent =
  | { readonly kind: 'command'; readonly pieces: readonly CommandPiece[] }
  /** A line that is no command: the answer to a continuation request. */
  | { readonly kind: 'line'; readonly text: string }
  /** The reader waits for `accept` or `refuse`. */
  | {
      readonly kind: 'announced';
      readonly pieces: readonly CommandPiece[];
      readonly octets: number;
      readonly isSynchronizing: boolean;
      /** `literal8` of RFC 3516, section 4.4. */
      readonly isBinary: boolean;
    }
  | { readonly kind: 'octets'; readonly octets: Uint8Array }
  | { readonly kind: 'literal-end' }
  /** The line was skipped; `beginning` has its tag. */
  | { readonly kind: 'too-long'; readonly beginning: string }
  /** A line without an end. */
  | { readonly kind: 'flood' };

/** Octets of a command without its streamed literal. RFC 2683, section 3.2.1.5, asks for 8000 at least; sets of UIDs are longer. */
export const COMMAND_OCTETS_MAX = 64 * 1024;
/** Octets of a line that is too long which are skipped to find its end, before the client is given up. */
const SKIPPED_OCTETS_MAX = 1024 * 1024;
/** Characters of a line that is too long that are kept for its tag. */
const BEGINNING_LENGTH = 64;
/** Literals that one command may have. */
const PIECES_MAX = 200;
const ANNOUNCEMENT = /(~?)\{(\d{1,20})(\+?)\}$/;

type ReaderState =
  | { readonly kind: 'line' }
  | { readonly kind: 'asked'; readonly octets: number }
  | { readonly kind: 'literal'; readonly how: 'hold' | 'stream' | 'discard'; octetsLeft: number; held: Uint8Array[] }
  | { readonly kind: 'skip'; readonly beginning: string; octets: number };

export class CommandReader {
  #input: Uint8Array = new Uint8Array();
  /** Octets of the input that are known to have no LF. */
  #searched = 0;
  #pieces: CommandPiece[] = [];
  #commandOctets = 0;
  #state: ReaderState = { kind: 'line' };

  /** Octets that wait. */
  get waiting(): number {
    return this.#input.length;
  }

  feed(octets: Uint8Array): void {
    this.#input = this.#input.length === 0 ? octets : joinOctets([this.#input, octets]);
  }

  /** The next event, or null when more octets are needed. */
  next(expecting: 'command' | 'line' = 'command'): ReaderEvent | null {
    for (;;) {
      switch (this.#state.kind) {
        case 'asked':
          return null;
        case 'literal': {
          const event = this.#readLiteral(this.#state);
          if (event !== 'go on') return event;
          break;
        }
        case 'skip': {
          const event = this.#skipLine(this.#state);
          if (event !== null || this.#input.length === 0) return event;
          break;
        }
        case 'line': {
          const event = this.#readLine(expecting);
          if (event !== 'go on') return event;
          break;
        }
      }
    }
  }

  /** Takes the announced literal. */
  accept(how: 'hold' | 'stream' | 'discard'): void {
    if (this.#state.kind !== 'asked') return;
    this.#state = { kind: 'literal', how, octetsLeft: this.#state.octets, held: [] };
    if (how === 'hold') this.#commandOctets += this.#state.octetsLeft;
  }

  /** Ends the command: the client was not given leave to send the literal. */
  refuse(): void {
    this.#state = { kind: 'line' };
    this.#forget();
  }

  /** Whether a literal of that size can be held beside what the command has already. */
  hasRoomFor(octets: number): boolean {
    return this.#commandOctets + octets <= COMMAND_OCTETS_MAX && this.#pieces.length < PIECES_MAX;
  }

  #readLine(expecting: 'command' | 'line'): ReaderEvent | null | 'go on' {
    const feed = this.#input.indexOf(LF, this.#searched);
    const octets = feed === -1 ? this.#input.length : feed + 1;
    if (this.#commandOctets + octets > COMMAND_OCTETS_MAX) {
      const first = this.#pieces[0] ?? toBinaryText(this.#input.subarray(0, BEGINNING_LENGTH));
      const beginning = typeof first === 'string' ? first.slice(0, BEGINNING_LENGTH) : '';
      this.#state = { kind: 'skip', beginning, octets: 0 };
      return 'go on';
    }
    if (feed === -1) {
      this.#searched = this.#input.length;
      return null;
    }
    const text = toBinaryText(this.#input.subarray(0, this.#input[feed - 1] === CR ? feed - 1 : feed));
    this.#take(feed + 1);
    if (expecting === 'line') return { kind: 'line', text };
    this.#commandOctets += octets;
    return this.#endLine(text);
  }

  #endLine(text: string): ReaderEvent {
    const announced = ANNOUNCEMENT.exec(text);
    if (announced === null) {
      const pieces = [...this.#pieces, text];
      this.#forget();
      return { kind: 'command', pieces };
    }
    this.#pieces.push(text.slice(0, announced.index));
    const octets = Number(announced[2]);
    this.#state = { kind: 'asked', octets };
    const [isBinary, isSynchronizing] = [announced[1] !== '', announced[3] === ''];
    return { kind: 'announced', pieces: [...this.#pieces], octets, isSynchronizing, isBinary };
  }

  #readLiteral(state: ReaderState & { kind: 'literal' }): ReaderEvent | null | 'go on' {
    if (state.octetsLeft === 0) {
      this.#state = { kind: 'line' };
      if (state.how === 'stream') {
        this.#forget();
        return { kind: 'literal-end' };
      }
      this.#pieces.push(joinOctets(state.held));
      return 'go on';
    }
    if (this.#input.length === 0) return null;
    const octets = this.#take(Math.min(state.octetsLeft, this.#input.length));
    state.octetsLeft -= octets.length;
    if (state.how === 'stream') return { kind: 'octets', octets };
    if (state.how === 'hold') state.held.push(octets);
    return 'go on';
  }

  #skipLine(state: ReaderState & { kind: 'skip' }): ReaderEvent | null {
    const feed = this.#input.indexOf(LF);
    state.octets += this.#take(feed === -1 ? this.#input.length : feed + 1).length;
    if (feed !== -1) {
      this.refuse();
      return { kind: 'too-long', beginning: state.beginning };
    }
    if (state.octets <= SKIPPED_OCTETS_MAX) return null;
    state.octets = 0;
    return { kind: 'flood' };
  }

  #take(length: number): Uint8Array {
    const taken = this.#input.subarray(0, length);
    this.#input = this.#input.subarray(length);
    this.#searched = 0;
    return taken;
  }

  #forget(): void {
    this.#pieces = [];
    this.#commandOctets = 0;
  }
}
