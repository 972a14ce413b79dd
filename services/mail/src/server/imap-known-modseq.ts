/**
 * How far a client knows the mailbox that it has selected: RFC 7162, section 3.2. When its connection is lost it comes back with
 * this number, and what was done before is never told again. It works the number out by itself from the MODSEQs of FETCH
 * responses (section 6). It has to be told where that is too little, because something went or came, and where it is too much,
 * because an expunge waits to be told which was done before.
 */
export class KnownModseq {
  /** Of all that has happened, told or not. */
  #happened: number;
  /** All that was done up to it was told. */
  #complete: number;
  /** What the client goes by. */
  #announced: number;
  /** The largest MODSEQ since, in a FETCH response. */
  #fetched = 0;
  /** RFC 7162, section 3.2.7: who is told of an expunge is told the number too. */
  #isDue = false;

  /** @param modseq the HIGHESTMODSEQ that was told when the mailbox was selected */
  constructor(modseq: number) {
    this.#happened = modseq;
    this.#complete = modseq;
    this.#announced = modseq;
  }

  get modseq(): number {
    return this.#complete;
  }

  happened(modseq: number): void {
    this.#happened = Math.max(this.#happened, modseq);
  }

  /** A FETCH response has told a MODSEQ. */
  fetched(modseq: number): void {
    this.#fetched = Math.max(this.#fetched, modseq);
  }

  /** A VANISHED response has told of an expunge. */
  vanished(): void {
    this.#isDue = true;
  }

  /** Nothing of what has happened waits to be told. */
  toldAll(): void {
    this.#complete = this.#happened;
  }

  /** The number that the client has to be told, which is told now; null when it knows. */
  takeNews(): number | null {
    const isNews = this.#isDue || this.#complete !== Math.max(this.#announced, this.#fetched);
    this.#announced = this.#complete;
    this.#fetched = 0;
    this.#isDue = false;
    return isNews ? this.#complete : null;
  }
}
