import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Endpoint } from '#shared/report.ts';
import { POP3_PORT } from './dovecot.ts';
import type { ImapAnswer } from './imap-client.ts';
import { makeMaildir } from './maildir.ts';
import { compare, counted, PASSWORD, withMailboxes } from './reading.ts';
import type { Surroundings } from './surroundings.ts';

/** The ends of answers: of one line, and of several. */
const LINE_END = '\r\n';
const END = '\r\n.\r\n';
/** A part of the mailbox that IMAP reads. */
const MESSAGES_PART = 5;

/** A maildrop fetched message by message, as a client does it. */
export async function benchPop3(surroundings: Surroundings): Promise<void> {
  const { folder, size } = surroundings;
  const model = join(folder, 'model');
  const messages = size.mailbox / MESSAGES_PART;
  makeMaildir(model, messages);
  await withMailboxes(surroundings, new Map([['reader', model]]), async (servers) => {
    await compare(`POP3: RETR of ${messages} messages, one after the other`, servers, size.rounds, null, (server) =>
      counted(server, () => retrieveAll({ address: server.server.address, port: POP3_PORT }, messages)),
    );
  });
}

async function retrieveAll({ address, port }: Endpoint, messages: number): Promise<ImapAnswer> {
  const socket = connect({ host: address, port, noDelay: true });
  try {
    await answerTo(socket, null, LINE_END);
    await answerTo(socket, 'USER reader', LINE_END);
    await answerTo(socket, `PASS ${PASSWORD}`, LINE_END);
    const begun = performance.now();
    let octets = 0;
    for (let number = 1; number <= messages; number += 1) octets += await answerTo(socket, `RETR ${number}`, END);
    const ms = performance.now() - begun;
    await answerTo(socket, 'QUIT', LINE_END);
    return { ms, octets, status: '+OK', text: '' };
  } finally {
    socket.destroy();
  }
}

/** Octets of the answer, which ends with `end`. @throws Error when it is not positive */
async function answerTo(socket: Socket, command: string | null, end: string): Promise<number> {
  if (command !== null) socket.write(`${command}\r\n`);
  let octets = 0;
  let tail = '';
  while (!tail.endsWith(end)) {
    const [piece] = (await once(socket, 'data')) as [Buffer];
    if (octets === 0 && piece[0] !== '+'.charCodeAt(0)) throw new Error(`${command}: ${piece.toString('latin1')}`);
    octets += piece.length;
    tail = (tail + piece.toString('latin1', Math.max(0, piece.length - END.length))).slice(-END.length);
  }
  return octets;
}
