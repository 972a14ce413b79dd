/**
 * What a case of the conformance suite is: data. A case asks a cache something, one step after the other; each step says
 * what the origin answers if it is asked, and what has to be seen on both sides.
 *
 * Whether a cache is right is a question of RFC 9110, RFC 9111 and RFC 9112. What they leave to the cache is either worth
 * having (`optimal`) or worth knowing (`check`), and never counts as a fault.
 */

/**
 * - `required`: a MUST. Who fails it breaks the standard.
 * - `optimal`: allowed to fail, yet a good cache does it: it stores what may be stored, and follows each SHOULD.
 * - `check`: an extension, or a freedom that the standard gives: what a cache does with it.
 */
export type Level = 'required' | 'optimal' | 'check';

/** Field lines by name; an array for several lines of one name. */
export type FieldSet = Readonly<Record<string, string | readonly string[]>>;

/** What a field value or a body has to be: this text, of this form, a number between two, or absent (null). To a form an absent field is empty. */
export type Match = string | RegExp | readonly [min: number, max: number] | null;

export interface Ask {
  readonly method?: string;
  /** What follows the path of the case; `/other` and the like. */
  readonly at?: string;
  /** Another host name than the suite's own. */
  readonly host?: string;
  readonly fields?: FieldSet;
  readonly body?: string;
  /** Frame the body in chunks, with these trailer fields. */
  readonly trailers?: FieldSet;
  readonly version?: '1.0' | '1.1';
  /** Octets to send as they are; `{target}` is the request target, `{host}` the host name. */
  readonly raw?: string;
  /** Ask once more for each of these on the same connection, in the same write. */
  readonly pipelined?: readonly string[];
  /** Close the connection when the head of the answer has come. */
  readonly leaves?: true;
}

export interface Answer {
  readonly status?: number;
  readonly reason?: string;
  readonly fields?: FieldSet;
  /** `{case}#{step}.{count}` where it is not given; null for none. */
  readonly body?: string | null;
  readonly framing?: 'length' | 'chunked' | 'close';
  readonly trailers?: FieldSet;
  /** Interim answers before it. */
  readonly informs?: readonly { readonly status: number; readonly fields?: FieldSet }[];
  /** Octets to send as they are, and then to close; `{date}` is now. */
  readonly raw?: string;
  /** Octets that are to follow after an answer with a length, on the same connection. */
  readonly after?: string;
  /** What is sent in its place when the request carries no condition (for a 304) or no Range (for a 206). */
  readonly otherwise?: Answer;
  /** Wait before the head; wait between the halves of the body: milliseconds. */
  readonly delayMs?: number;
  readonly pauseMs?: number;
  /** `refuse`: close without an answer; `cut`: close in the middle of the body. */
  readonly breaks?: 'refuse' | 'cut';
}

export interface Expect {
  /** Whether the origin is asked in this step; a number for how many times. */
  readonly asked?: boolean | number;
  /** Fields of the first request that the origin got; `:method` and `:path` too. */
  readonly askedWith?: Readonly<Record<string, Match>>;
  readonly askedBody?: Match;
  /** Request lines that the origin must not see. */
  readonly neverAsked?: RegExp;
  /** Whatever reaches the origin breaks off. */
  readonly neverWhole?: true;
  readonly status?: number | readonly number[];
  /** Whose body: that of the answer in step n, or a text. */
  readonly body?: number | Match;
  /** The step whose body it must not be. */
  readonly notBody?: number;
  readonly fields?: Readonly<Record<string, Match>>;
  readonly trailers?: Readonly<Record<string, Match>>;
  /** What must not stand in the head of the answer. */
  readonly without?: RegExp;
  /** Bodies of the answers to what was pipelined. */
  readonly further?: readonly string[];
  /** Statuses of the interim answers. */
  readonly informed?: readonly number[];
  /** Whether the answer breaks off before its end. */
  readonly broken?: boolean;
  /** The client can see that something went wrong: an error, or an answer that breaks off. */
  readonly noticed?: true;
  /** Whether the cache closes the connection. */
  readonly closes?: boolean;
  /** Each client gets a body of its own. */
  readonly distinct?: true;
}

export interface Step {
  /** Wait before it, in seconds. */
  readonly pauseS?: number;
  /** How many clients ask at the same time; each its own way where these are given. */
  readonly asks: readonly Ask[];
  /** What the origin answers, in this order; the last one again and again. */
  readonly answers: readonly Answer[];
  readonly expect: Expect;
  /** Without this there is nothing to judge: what fails here does not fail the case. */
  readonly isGiven?: boolean;
}

export interface Case {
  readonly id: string;
  readonly level: Level;
  /** `RFC 9111, section 4.2.1`. */
  readonly clause: string;
  /** What a cache does that passes, as a sentence. */
  readonly says: string;
  readonly steps: readonly Step[];
}

export interface Group {
  readonly name: string;
  readonly cases: readonly Case[];
}
