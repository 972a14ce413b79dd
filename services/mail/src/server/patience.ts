/** Tells when something takes longer than one waits for it gladly, and when it is over after all. It ends nothing. */
export class Patience {
  readonly #ms: number;
  readonly #changed: (isOver: boolean) => void;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  /** @param ms how long patience lasts @param changed told when it is over, and when that no longer matters */
  constructor(ms: number, changed: (isOver: boolean) => void) {
    this.#ms = ms;
    this.#changed = changed;
  }

  begin(): void {
    this.end();
    this.#timer = setTimeout(() => this.#set(true), this.#ms);
  }

  end(): void {
    clearTimeout(this.#timer);
    if (this.#isOver) this.#set(false);
  }

  #set(isOver: boolean): void {
    this.#isOver = isOver;
    this.#changed(isOver);
  }
}
