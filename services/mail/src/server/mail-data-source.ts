import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { OutgoingMessage } from './outgoing-message.ts';
import type { SilenceWatch } from './silence-watch.ts';

/**
 * The octets of a message as nodemailer's SMTPConnection takes them. Nothing is read before the server has answered DATA; how
 * they flow is watched.
 */
export function openMailDataSource(
  { whole, pieces }: OutgoingMessage,
  silence: SilenceWatch,
  connection: SMTPConnection,
): Readable {
  if (whole === null) return Readable.from(watched(pieces, silence), { objectMode: false });
  return new Readable({
    read() {
      silence.sending();
      gather(connection);
      this.push(whole);
      this.push(null);
    },
  });
}

async function* watched(pieces: OutgoingMessage['pieces'], silence: SilenceWatch): AsyncGenerator<Uint8Array> {
  for await (const piece of await pieces()) {
    silence.sending();
    yield piece;
  }
}

/** What is written in this turn goes out together: the message, and the full stop that the library writes behind it. */
function gather(connection: SMTPConnection): void {
  const { _socket: socket } = connection as unknown as { _socket: Socket };
  socket.cork();
  setImmediate(() => socket.uncork());
}
