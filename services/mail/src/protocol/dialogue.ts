/** What was said with another server at the last try of a message: for people who ask why it still waits. */

export interface DialogueLine {
  /** C this server, which is the client; S the other one; "-" a remark. */
  readonly by: 'C' | 'S' | '-';
  readonly text: string;
}

/** Lines that are kept of one try: of more, the first and the last. */
const LINES_MAX = 60;
const LINE_LENGTH_MAX = 500;

/** Collects a conversation: how it was opened, and one transaction after the other. */
export class Dialogue {
  readonly #opening: DialogueLine[] = [];
  #transaction: DialogueLine[] | null = null;

  /** Adds a line, or the lines of a reply. */
  add(by: DialogueLine['by'], text: string): void {
    const lines = this.#transaction ?? this.#opening;
    for (const line of text.split(/\r?\n/)) {
      if (lines.length >= LINES_MAX) lines.splice(LINES_MAX / 2, 1);
      lines.push({ by, text: line.slice(0, LINE_LENGTH_MAX) });
    }
  }

  beginTransaction(): void {
    this.#transaction = [];
  }

  /** How the connection was opened, and its last transaction. */
  get lines(): readonly DialogueLine[] {
    return [...this.#opening, ...(this.#transaction ?? [])];
  }
}
