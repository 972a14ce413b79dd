/**
 * Runs in a network of its own (private-network.ts), where packets to the servers are lost: what becomes of a datagram,
 * and what of a connection. Prints a `LossReport`.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { losePackets } from '#shared/host/test/kit/lose-packets.ts';
import { answerOf, runClient, startServer, type Transport } from '../../kit/programs.ts';

export interface LossReport {
  /** What three clients of each transport printed, without loss and with every third packet to the server lost. */
  readonly answers: Readonly<Record<Transport, { undisturbed: string[]; underLoss: string[] }>>;
  /** One megabyte each way over one connection, while every twentieth packet is lost. */
  readonly transfer: {
    readonly sent: readonly string[];
    readonly received: readonly string[];
    readonly packetsLost: number;
    readonly segmentsOutOfOrder: number;
  };
}

const SERVER = ['127.0.0.1', '12000'];
const CLIENTS = 3;
/** A datagram that is lost stays lost; TCP may need several tries, the first after a second. */
const WAIT_MS = { udp: '4000', tcp: '30000' };
const MEGABYTE = 1024 * 1024;

const [udp, tcp] = await Promise.all([askThree('udp'), askThree('tcp')]);
const report: LossReport = { answers: { udp, tcp }, transfer: await transfer() };
process.stdout.write(JSON.stringify(report));

async function askThree(transport: Transport): Promise<{ undisturbed: string[]; underLoss: string[] }> {
  const server = await startServer('typescript', transport, SERVER);
  const ask = async () => {
    const clients = Array.from({ length: CLIENTS }, () =>
      runClient('typescript', transport, [...SERVER, '--wait-ms', WAIT_MS[transport]], 'hello'),
    );
    return (await Promise.all(clients)).map(answerOf);
  };
  const undisturbed = await ask();
  const stopLosing = losePackets(3, '-p', transport, '--dport', '12000');
  const underLoss = await ask();
  stopLosing();
  await server.stop();
  return { undisturbed, underLoss };
}

async function transfer(): Promise<LossReport['transfer']> {
  const [upward, downward] = [randomBytes(MEGABYTE), randomBytes(MEGABYTE)];
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const before = outOfOrder();
  const stopLosing = losePackets(20, '-p', 'tcp');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [connection] = (await once(server, 'connection')) as [Socket];
  client.end(upward);
  connection.end(downward);
  const received = await Promise.all([readHash(connection), readHash(client)]);
  const segmentsOutOfOrder = outOfOrder() - before;
  const packetsLost = stopLosing();
  server.close();
  return { sent: [hash(upward), hash(downward)], received, packetsLost, segmentsOutOfOrder };
}

/** Segments that this network's TCP has received before one that was sent earlier. */
function outOfOrder(): number {
  const [names = '', values = ''] = readFileSync('/proc/net/netstat', 'latin1').split('\n');
  return Number(values.split(' ')[names.split(' ').indexOf('TCPOFOQueue')]);
}

/** Reads with events: a `for await` over a socket would destroy it at the end, with what it has yet to send. */
async function readHash(socket: Socket): Promise<string> {
  const digest = createHash('sha256');
  socket.on('data', (part: Buffer) => digest.update(part));
  await once(socket, 'end');
  return digest.digest('hex');
}

function hash(octets: Buffer): string {
  return createHash('sha256').update(octets).digest('hex');
}
