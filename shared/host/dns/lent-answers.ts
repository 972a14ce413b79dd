/** Where a program says that answers which it lent (`Repetition.lend`) may be wrong from now on. */
export class LentAnswers {
  readonly #borrowers = new Set<() => void>();

  /** Ends all that was lent. To be called before anybody is told of the change. */
  forget(): void {
    for (const forget of this.#borrowers) forget();
  }

  /** Calls `forget` each time, until the function that is returned is called. */
  onForget(forget: () => void): () => void {
    this.#borrowers.add(forget);
    return () => {
      this.#borrowers.delete(forget);
    };
  }
}
