/** What the resolver's actions `explain` and `walk` answer, as far as the page draws it (see services/resolver/README.md). */

export interface Explanation {
  readonly question: { readonly name: string; readonly type: string };
  readonly mode: string;
  /** All reports of messages that the question caused have it as their cause. */
  readonly exchange: string;
  readonly rcode: string;
  /** Lines of a zone file. */
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly errors: readonly { readonly code: number; readonly name: string; readonly text: string }[];
  readonly because: string;
  readonly elapsedMs: number;
  readonly queries: number;
  readonly steps: readonly Step[];
}

export interface NamedServer {
  readonly name: string;
  readonly address: string;
}

export interface Candidate {
  readonly address: string;
  readonly srttMs: number | null;
  readonly timeoutMs: number;
  readonly standing: string;
  readonly isChosen: boolean;
}

/** One step; which fields it has depends on its kind. Of a kind that the page does not know it shows `because`. */
export interface Step {
  readonly kind: string;
  readonly atMs: number;
  /** More than 0 while the address of a name server is looked for. */
  readonly depth: number;
  readonly because: string;
  readonly name?: string;
  readonly type?: string;
  readonly target?: string;
  readonly zone?: string;
  readonly found?: string;
  readonly isStale?: boolean;
  readonly records?: readonly string[];
  readonly glue?: readonly string[];
  readonly ageS?: number;
  readonly leftS?: number;
  readonly servers?: readonly { readonly name: string; readonly addresses: readonly string[] }[];
  readonly address?: string;
  readonly candidates?: readonly Candidate[];
  readonly query?: number;
  readonly exchange?: string;
  readonly server?: NamedServer | string;
  readonly isShared?: boolean;
  readonly meaning?: string;
  readonly elapsedMs?: number;
  readonly ms?: number;
  readonly rcode?: string;
  readonly for?: string;
}
