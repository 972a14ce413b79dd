/**
 * Updates that were seen, by the MACs of their signatures: a signature is good for some minutes, and who has recorded a
 * message could send it again (RFC 8945, section 10). From its own client it is a retransmission of one whose answer was
 * lost, and gets the same answer; from anybody else it is a replay.
 */

/** Signatures that are remembered. */
export const REMEMBERED_MAX = 20_000;

/** A signature as it is remembered; times in seconds since 1970. */
export interface SeenSignature {
  readonly mac: string;
  readonly timeSigned: number;
  readonly fudge: number;
}

interface Seen<Answer> {
  /** Whose it was, `address:port`; null where that is not known any more. */
  readonly client: string | null;
  readonly answer: Answer | null;
  /** The last second in which it is believed. */
  readonly until: number;
  readonly timeSigned: number;
}

export type Recall<Answer> =
  | { readonly kind: 'new' }
  | { readonly kind: 'again'; readonly answer: Answer }
  | { readonly kind: 'replay'; readonly because: string };

export class Replays<Answer> {
  readonly #seen = new Map<string, Seen<Answer>>();
  /** Signatures of this second and before are believed no longer, unless they are remembered: some were forgotten. */
  #forgottenUntil = Number.NEGATIVE_INFINITY;

  recall({ mac, timeSigned }: SeenSignature, client: string): Recall<Answer> {
    const seen = this.#seen.get(mac);
    if (seen === undefined) {
      if (timeSigned > this.#forgottenUntil) return { kind: 'new' };
      return { kind: 'replay', because: 'it is older than what can be told from a repetition' };
    }
    if (seen.answer !== null && seen.client === client) return { kind: 'again', answer: seen.answer };
    return { kind: 'replay', because: 'the same update came before, and from elsewhere' };
  }

  /** `answer` and `client` are null for a signature that an earlier run of the program has seen. */
  remember(signature: SeenSignature, client: string | null, answer: Answer | null, nowS: number): void {
    const { mac, timeSigned, fudge } = signature;
    const until = timeSigned + fudge;
    if (until < nowS) return;
    this.#seen.set(mac, { client, answer, until, timeSigned });
    for (const [oldest, seen] of this.#seen) {
      const isOver = seen.until < nowS;
      if (!isOver && this.#seen.size <= REMEMBERED_MAX) break;
      this.#seen.delete(oldest);
      if (!isOver) this.#forgottenUntil = Math.max(this.#forgottenUntil, seen.timeSigned);
    }
  }
}
