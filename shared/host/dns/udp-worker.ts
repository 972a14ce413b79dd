/**
 * A worker thread of a DNS server (udp-workers.ts): a socket of its own on the port of all, and the answers that it may
 * repeat. Everything else it asks the main thread.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Endpoint } from '../../report.ts';
import { openSocket } from './open-udp.ts';
import { RepeatingService } from './repeating-service.ts';
import { WorkerBoard } from './worker-board.ts';
import { type AnswerLabel, type FromWorker, Packer, type Parcel, unpack, type WorkerTask } from './worker-messages.ts';

const main = parentPort as MessagePort;
const { memory, worker, mode, here, net } = workerData as WorkerTask;
const say = (message: FromWorker, transfer: readonly ArrayBuffer[] = []) => main.postMessage(message, [...transfer]);

const board = new WorkerBoard(memory);
const queries = new Packer<Endpoint>((parcel, transfer) => say({ kind: 'queries', parcel }, transfer));
const service = new RepeatingService(here, board, board.lane(worker), (client, datagram) =>
  queries.put(client, datagram),
);
const socket = await openSocket(
  mode,
  service,
  { net, log: { warn: (text: string) => say({ kind: 'warning', text }) } },
  true,
);

main.on('message', (parcel: Parcel<AnswerLabel>) => {
  for (const [{ client, kept }, octets] of unpack(parcel)) {
    const answer = octets.subarray(kept?.queryOctets ?? 0);
    if (kept !== undefined) service.keep(octets.subarray(0, kept.queryOctets), answer, kept);
    socket.reply(answer, client, () => {});
  }
});

try {
  await socket.start();
  say({ kind: 'started' });
} catch (error) {
  say({ kind: 'refused', message: (error as Error).message, fields: { ...(error as Error) } });
}
