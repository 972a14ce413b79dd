/** A MessagePort, or a Worker. */
export interface Port {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: Message) => void): unknown;
}

/** What passes between two threads: a question with its number, the answer to one, or news that nobody answers. */
type Message =
  | { readonly ask: number; readonly question: unknown }
  | { readonly tell: unknown }
  | { readonly answer: number; readonly value: unknown }
  | { readonly answer: number; readonly failure: string; readonly fields: object };

/** Questions and answers between two threads, in both directions. */
export class ThreadLine<Question> {
  readonly #port: Port;
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  #next = 0;

  /** @param answer answers the other side's questions */
  constructor(port: Port, answer: (question: never) => unknown) {
    this.#port = port;
    port.on('message', (message) => {
      if ('ask' in message) void this.#answer(message.ask, message.question, answer);
      else if ('tell' in message) answer(message.tell as never);
      else this.#take(message);
    });
  }

  /** Asks the other side. Rejects with what it throws: its message, and its own fields. */
  ask<Value>(question: Question): Promise<Value> {
    const ask = this.#next;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(ask, { resolve, reject });
      this.#port.postMessage({ ask, question });
    });
  }

  /** Tells the other side, whose answer nobody waits for: it must not fail. */
  tell(news: Question): void {
    this.#port.postMessage({ tell: news });
  }

  /** Nobody is there any more. */
  end(failure: Error): void {
    for (const { reject } of this.#waiting.values()) reject(failure);
    this.#waiting.clear();
  }

  async #answer(ask: number, question: unknown, answer: (question: never) => unknown): Promise<void> {
    try {
      this.#port.postMessage({ answer: ask, value: await answer(question as never) });
    } catch (error) {
      this.#port.postMessage({ answer: ask, failure: (error as Error).message, fields: { ...(error as Error) } });
    }
  }

  #take(message: Exclude<Message, { ask: number } | { tell: unknown }>): void {
    const waiting = this.#waiting.get(message.answer);
    this.#waiting.delete(message.answer);
    if ('failure' in message) waiting?.reject(Object.assign(new Error(message.failure), message.fields));
    else waiting?.resolve(message.value as never);
  }
}
