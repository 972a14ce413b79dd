import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { type AnnounceRequest, encodeAnnounceQuery } from '#shared/bittorrent/announce-request.ts';
import { formatHash } from '#shared/bittorrent/info-hash.ts';
import { encodeUdpAnnounce, encodeUdpConnect } from '#shared/bittorrent/udp-tracker-request.ts';
import { decodeUdpResponse } from '#shared/bittorrent/udp-tracker-response.ts';
import { cpuSeconds, residentMb, type Server, startDaemon, startOurs, untilListening } from '../processes.ts';
import type { Surroundings } from './surroundings.ts';

const PORT = 6969;
const OPENTRACKER = 'opentracker';
/** Peers that announce themselves, in so many torrents. */
const SWARMS = 5_000;
const PEERS = 200_000;
const HTTP_ANNOUNCES = 5_000;
/** Questions that are on their way at once. */
const UDP_AT_ONCE = 100;
const HTTP_AT_ONCE = 16;
/** How long an answer over UDP is waited for before the question is asked again, in milliseconds. */
const UDP_MS_MAX = 500;
/** How long a connection id is used, in milliseconds (BEP 15). */
const CONNECTION_ID_MS = 50_000;
const NOBODY = 65_534;
const HASH_OCTETS = 20;

/** The tracker with 5,000 swarms and 200,000 peers, beside opentracker: memory, and the processor's time for an announce. */
export async function benchTracker({ folder, net, environment, size }: Surroundings): Promise<void> {
  process.stdout.write(`\nTracker: ${PEERS} peers in ${SWARMS} swarms announce themselves\n`);
  const settings = { ...environment, INTERVAL_S: '1800', MIN_INTERVAL_S: '0' };
  await measure('ours', `${net}.0.3`, async (address) =>
    startOurs('tracker', {
      program: 'tracker',
      address,
      port: PORT,
      folder: join(folder, 'tracker'),
      environment: settings,
    }),
  );
  if (!size.isOursAlone) await measure(OPENTRACKER, `${net}.0.4`, (address) => startOpentracker(address, folder));
}

async function measure(name: string, address: string, start: (address: string) => Promise<Server>): Promise<void> {
  const begun = performance.now();
  const tracker = await start(address).catch((error: Error) => error);
  if (tracker instanceof Error) {
    process.stdout.write(`  ${name.padEnd(12)} is not measured: ${tracker.message}\n`);
    return;
  }
  const startMs = performance.now() - begun;
  const idleMb = residentMb(tracker.pid);
  const udp = await UdpAnnouncer.open(address);
  try {
    const full = await timed(tracker, PEERS, () => udp.announce(0, PEERS));
    const fullMb = residentMb(tracker.pid);
    const again = await timed(tracker, PEERS / 4, () => udp.announce(0, PEERS / 4));
    const overHttp = await timed(tracker, HTTP_ANNOUNCES, () => announceOverHttp(address));
    process.stdout.write(
      `  ${name.padEnd(12)} starts in ${startMs.toFixed(0)} ms with ${idleMb.toFixed(0)} MB; ${fullMb.toFixed(0)} MB with all peers\n` +
        `  ${''.padEnd(12)} UDP, new peers ${full}; known peers ${again}\n  ${''.padEnd(12)} HTTP, each on a connection of its own ${overHttp}\n`,
    );
  } finally {
    udp.close();
    await tracker.stop();
  }
}

async function timed({ pid }: Server, count: number, work: () => Promise<void>): Promise<string> {
  const [begun, cpuBefore] = [performance.now(), cpuSeconds(pid)];
  await work();
  const seconds = (performance.now() - begun) / 1000;
  const microseconds = ((cpuSeconds(pid) - cpuBefore) / count) * 1e6;
  return `${(count / seconds).toFixed(0)}/s, ${microseconds.toFixed(0)} us CPU each`;
}

/** Debian's build serves only what its list names, and gives up the rights of root. */
async function startOpentracker(address: string, folder: string): Promise<Server> {
  const root = join(folder, OPENTRACKER);
  mkdirSync(root);
  const listed = Array.from({ length: SWARMS }, (_, nth) => formatHash(requestOf(nth).infoHash));
  writeFileSync(join(root, 'listed'), `${listed.join('\n')}\n`);
  if (process.getuid?.() === 0) chownSync(root, NOBODY, NOBODY);
  const words = [`listen.tcp_udp ${address}:${PORT}`, 'access.whitelist listed', `tracker.rootdir ${root}`];
  writeFileSync(join(root, 'conf'), `${[...words, 'tracker.user nobody'].join('\n')}\n`);
  const server = startDaemon(OPENTRACKER, [OPENTRACKER, '-f', join(root, 'conf')], address, PORT);
  await untilListening(server);
  return server;
}

/** The announce of the peer `nth`, which is in the torrent `nth` modulo SWARMS. */
function requestOf(nth: number): AnnounceRequest {
  return {
    infoHash: numbered(nth % SWARMS),
    peerId: numbered(nth),
    port: 1_024 + Math.floor(nth / SWARMS),
    ...{ uploaded: 0, downloaded: 0, left: 1_000_000, event: 'started' as const, numwant: null },
    ...{ compact: true, noPeerId: false, key: null },
  };
}

function numbered(number: number): Uint8Array {
  const octets = new Uint8Array(HASH_OCTETS).fill(0x54);
  new DataView(octets.buffer).setUint32(0, number);
  return octets;
}

/** Asks over UDP, always UDP_AT_ONCE questions at once. */
class UdpAnnouncer {
  readonly #socket: Socket;
  readonly #address: string;
  /** The peers whose answer is awaited: the transaction id is the number. */
  readonly #awaited = new Set<number>();
  #connectionId = 0n;
  #answered: () => void = () => {};

  private constructor(socket: Socket, address: string) {
    this.#socket = socket;
    this.#address = address;
  }

  static async open(address: string): Promise<UdpAnnouncer> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
    const announcer = new UdpAnnouncer(socket, address);
    socket.on('message', (octets) => announcer.#hear(octets));
    socket.bind(0, address);
    await once(socket, 'listening');
    return announcer;
  }

  /** Announces the peers from `from` up to, but not including, `to`. */
  async announce(from: number, to: number): Promise<void> {
    let connectedAt = Number.NEGATIVE_INFINITY;
    for (let first = from; first < to; first += UDP_AT_ONCE) {
      if (performance.now() - connectedAt > CONNECTION_ID_MS) {
        await this.#all([0], () => encodeUdpConnect(0));
        connectedAt = performance.now();
      }
      const peers = Array.from({ length: Math.min(UDP_AT_ONCE, to - first) }, (_, nth) => first + nth);
      await this.#all(peers, (transactionId) => {
        const head = { connectionId: this.#connectionId, transactionId };
        return encodeUdpAnnounce(head, { request: requestOf(transactionId), urlData: '' });
      });
    }
  }

  close(): void {
    this.#socket.close();
  }

  /** Asks until all are answered. */
  async #all(transactionIds: readonly number[], encode: (transactionId: number) => Uint8Array): Promise<void> {
    for (const id of transactionIds) this.#awaited.add(id);
    while (this.#awaited.size > 0) {
      for (const id of this.#awaited) this.#socket.send(encode(id), PORT, this.#address);
      await new Promise<void>((resolve) => {
        const again = setTimeout(resolve, UDP_MS_MAX);
        this.#answered = () => {
          clearTimeout(again);
          resolve();
        };
      });
    }
  }

  #hear(octets: Uint8Array): void {
    const response = decodeUdpResponse(octets, 'IPv4');
    if (response.kind === 'error') throw new Error(`The tracker refuses: ${response.message}`);
    if (response.kind === 'connect') this.#connectionId = response.connectionId;
    this.#awaited.delete(response.transactionId);
    if (this.#awaited.size === 0) this.#answered();
  }
}

async function announceOverHttp(address: string): Promise<void> {
  const agent = new Agent({ keepAlive: false });
  let next = 0;
  const client = async () => {
    for (let nth = next++; nth < HTTP_ANNOUNCES; nth = next++) {
      const path = `/announce?${encodeAnnounceQuery({ ...requestOf(nth), event: null })}`;
      const [response] = await once(get({ host: address, port: PORT, path, agent, localAddress: address }), 'response');
      response.resume();
      await once(response, 'end');
    }
  };
  await Promise.all(Array.from({ length: HTTP_AT_ONCE }, client));
}
