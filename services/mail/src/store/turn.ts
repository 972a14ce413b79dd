/** Lets pieces of work be done one after the other, in the order in which they were asked for. */
export class Turn {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  /**
   * Runs `work` when it is its turn in both. It is queued in both at once, so everything that was asked for before, of either,
   * comes before it, and no two that want the same two wait for each other.
   */
  static async both<Result>(one: Turn, other: Turn, work: () => Promise<Result>): Promise<Result> {
    let release = () => {};
    const isOver = new Promise<void>((resolve) => {
      release = resolve;
    });
    const isFirstsTurn = new Promise<void>((resolve) => {
      void one.run(() => {
        resolve();
        return isOver;
      });
    });
    return other
      .run(async () => {
        await isFirstsTurn;
        return work();
      })
      .finally(release);
  }
}
