import type { SMTPServerDataStream } from 'smtp-server';
import { CommandLineReader, MailDataReader } from '../protocol/smtp-input.ts';
import { SMTPStream } from './mail-libraries.ts';

/** Commands that are obeyed in one turn; then others have theirs. */
const COMMANDS_PER_TURN = 100;

type Done = (error?: Error | null) => void;

/**
 * What smtp-server reads from a client, by readers of ours in the place of its own: only CRLF ends a command, doubled full
 * stops cost nothing, and it is known what came behind DATA.
 */
export class SmtpInputStream extends SMTPStream {
  /** To be called for a line that ends in a bare LF. */
  onBareLf: (done: () => void) => void = (done) => done();
  readonly #commands = new CommandLineReader();
  #data = new MailDataReader();
  /** Octets of the piece that the stream has given out last. */
  #pieceOctets = 0;
  #isReading = false;
  #behind = 0;

  /** Octets that came behind the command that is being obeyed. */
  get octetsBehindCommand(): number {
    return this.#behind;
  }

  override startDataMode(octetsMax?: number | string | null): SMTPServerDataStream {
    this.#data = new MailDataReader();
    return super.startDataMode(octetsMax);
  }

  /** Also called for what stands behind mail data in the same piece. */
  override _write(piece: Buffer, _encoding: BufferEncoding | 'buffer', next: Done): void {
    if (!this.#isReading) this.#pieceOctets = piece.length;
    this.#isReading = true;
    const done: Done = (error) => {
      this.#isReading = false;
      next(error);
    };
    if (this.isClosed) done();
    else if (this._dataMode) this._feedDataStream(piece, done);
    else this.#readCommands(piece, done);
  }

  override _feedDataStream(piece: Buffer, done: Done): void {
    const { octets, endsAt } = this.#data.read(piece);
    this._countDataBytes(octets.length);
    if (endsAt !== null) {
      this._endDataMode(octets.length > 0 && asBuffer(octets), piece.subarray(endsAt), done);
      return;
    }
    const stream = this._dataStream;
    const mayGoOn = octets.length === 0 || stream === null || !stream.writable || stream.write(octets);
    if (mayGoOn || stream.destroyed) done();
    else waitForRoom(stream, done);
  }

  #readCommands(piece: Buffer, done: Done): void {
    let at = 0;
    let isRunning = false;
    let mayGoOn = false;
    const step = (): void => {
      // Once DATA has begun, what stands behind it is mail data.
      if (this._dataMode && !this.isClosed) this._feedDataStream(piece.subarray(at), done);
      else if (this.isClosed || at === piece.length) done();
      else at = this.#readCommand(piece, at, run, done);
    };
    // A command that is obeyed at once calls `run` before it returns: a loop, so that a thousand of them need no stack.
    const run = (): void => {
      mayGoOn = true;
      if (isRunning) return;
      isRunning = true;
      try {
        for (let turn = 0; mayGoOn; turn += 1) {
          mayGoOn = false;
          if (turn < COMMANDS_PER_TURN) step();
          else setImmediate(run);
        }
      } finally {
        isRunning = false;
      }
    };
    run();
  }

  /** Has the command at `from` obeyed, after which `next` is called; gives where the one behind it begins. */
  #readCommand(piece: Buffer, from: number, next: () => void, done: Done): number {
    const read = this.#commands.read(piece, from);
    if (read.kind === 'open') done();
    if (read.kind === 'too-long') done(new Error('the command line is too long'));
    if (read.kind === 'open' || read.kind === 'too-long') return piece.length;
    // What waits in the stream includes the piece that is being read.
    this.#behind = piece.length - read.endsAt + this.writableLength - this.#pieceOctets;
    if (read.kind === 'bare-lf') this.onBareLf(next);
    else this.oncommand(asBuffer(read.line), next);
    return read.endsAt;
  }
}

/** The one who reads the message is slower than its sender. A stream that was destroyed never drains, it only closes. */
function waitForRoom(stream: SMTPServerDataStream, done: Done): void {
  const go = () => {
    stream.off('drain', go);
    stream.off('close', go);
    done();
  };
  stream.once('drain', go);
  stream.once('close', go);
}

function asBuffer(octets: Uint8Array): Buffer {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
}
