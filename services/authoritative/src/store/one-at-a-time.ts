/** Lets the tasks of one thing run one after the other, in the order in which they came; those of others do not wait. */
export class OneAtATime {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `task` after all that were given before for the same `key`, whatever came of them. */
  run<Value>(key: string, task: () => Promise<Value>): Promise<Value> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const result = before.then(task, task);
    this.#last.set(key, result);
    const forget = () => {
      if (this.#last.get(key) === result) this.#last.delete(key);
    };
    result.then(forget, forget);
    return result;
  }

  /** Resolves when nothing is left to run. */
  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.allSettled(this.#last.values());
  }
}
