/** What is wrong with a line of one of the host's own files, and what to do about it. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
  /** Counted from 1. */
  readonly line: number;

  constructor(line: number, sentence: string) {
    super(sentence);
    this.line = line;
  }
}
