import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeAnnounceResponse } from '#shared/bittorrent/announce-response.ts';
import { mutateOctets } from '#shared/bittorrent/test/fuzz/mutate-octets.ts';
import { sampleDatagram, sampleQuery } from '#shared/bittorrent/test/fuzz/sample-octets.ts';
import { encodeUdpConnect } from '#shared/bittorrent/udp-tracker-request.ts';
import { decodeUdpResponse } from '#shared/bittorrent/udp-tracker-response.ts';
import { Random } from '#shared/http/test/fuzz/random.ts';
import { type OurServer, startOurs } from '../processes.ts';
import { TRACKER_PORT } from './bench-tracker.ts';
import { FUZZED_ENVIRONMENT, runCases, within } from './fuzz-run.ts';

const NET = '127.78';
const LANES = 24;
const CHANGES_MAX = 5;
const STAY_MS_MAX = 40;
/** Datagrams of one case: they cost less than a connection. */
const DATAGRAMS = 30;
const CANARY_MS_MAX = 30_000;
const CANARY_AGAIN_MS = 500;

/** Hostile requests at our tracker, over HTTP and over UDP. */
export async function fuzzTracker(cases: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'topdown-fuzz-tracker-'));
  const given = {
    program: 'tracker',
    address: `${NET}.4.1`,
    port: TRACKER_PORT,
    folder,
    environment: FUZZED_ENVIRONMENT,
  };
  const tracker = await startOurs('tracker', given);
  const socket = createSocket('udp4');
  socket.on('error', () => {});
  socket.bind(0, `${NET}.99.2`);
  await once(socket, 'listening');
  const udp = new UdpClient(socket, tracker);
  try {
    await runCases('tracker over HTTP', tracker, {
      count: cases,
      lanes: LANES,
      one: (nth) => askHttp(tracker, nth),
      canary: () => announce(tracker),
    });
    await runCases(`tracker over UDP, ${DATAGRAMS} datagrams each`, tracker, {
      count: cases,
      lanes: 1,
      one: (nth) => udp.attack(nth),
      canary: () => udp.canary(),
    });
  } finally {
    socket.close();
    await tracker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function askHttp({ address, port }: OurServer, nth: number): Promise<void> {
  const random = new Random(nth);
  const socket = connect({ host: address, port, localAddress: `${NET}.${100 + (nth % LANES)}.1` });
  socket.on('error', () => {});
  socket.resume();
  const closed = once(socket, 'close').catch(() => {});
  const path = random.pick(['/announce?', '/scrape?', '/announce?', '/stats?', '/?']);
  const query = Buffer.from(sampleQuery(random));
  const target = random.once(4) ? query : mutateOctets(query, random, CHANGES_MAX);
  const whole = Buffer.concat([Buffer.from(`GET ${path}`), target, Buffer.from(' HTTP/1.1\r\nHost: t\r\n\r\n')]);
  socket.write(random.once(3) ? mutateOctets(whole, random, 2) : whole);
  await Promise.race([closed, pause(random.below(STAY_MS_MAX))]);
  socket.destroy();
  await closed;
}

/** A peer that behaves announces itself, and is answered. */
async function announce({ address, port }: OurServer): Promise<void> {
  const query = Buffer.from(sampleQuery(new Random(7))).toString('latin1');
  const asked = request({ host: address, port, path: `/announce?${query}`, agent: false, localAddress: `${NET}.99.2` });
  const answered = once(asked, 'response');
  asked.end();
  const [response] = (await within('the answer to the canary', CANARY_MS_MAX, answered)) as [AsyncIterable<Buffer>];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const answer = decodeAnnounceResponse(Buffer.concat(chunks));
  if (answer.kind === 'failure') throw new Error(`The canary is refused: ${answer.reason}`);
}

/** A client over UDP that has a connection id, and abuses it. */
class UdpClient {
  readonly #socket: Socket;
  readonly #tracker: OurServer;
  #connectionId = 0n;

  constructor(socket: Socket, tracker: OurServer) {
    this.#socket = socket;
    this.#tracker = tracker;
  }

  async attack(nth: number): Promise<void> {
    const random = new Random(nth);
    const { address, port } = this.#tracker;
    for (let left = DATAGRAMS; left > 0; left -= 1) {
      const datagram = sampleDatagram(random, random.once(4) ? 7n : this.#connectionId);
      this.#socket.send(random.once(5) ? datagram : mutateOctets(datagram, random, CHANGES_MAX), port, address);
    }
    // What is sent faster than it is read, the kernel drops.
    await pause(1);
  }

  /** A connect is answered; the id is used from then on. */
  async canary(): Promise<void> {
    const transaction = Math.floor(performance.now() * 1000) % 0x7fff_ffff;
    const answered = new Promise<bigint>((resolve) => {
      const hear = (datagram: Buffer) => {
        if (datagram.length !== 16 || datagram.readUInt32BE(4) !== transaction) return;
        this.#socket.off('message', hear);
        const answer = decodeUdpResponse(datagram, 'IPv4');
        if (answer.kind === 'connect') resolve(answer.connectionId);
      };
      this.#socket.on('message', hear);
    });
    const { address, port } = this.#tracker;
    const ask = () => this.#socket.send(encodeUdpConnect(transaction), port, address);
    const again = setInterval(ask, CANARY_AGAIN_MS);
    ask();
    try {
      this.#connectionId = await within('the connection id of the canary', CANARY_MS_MAX, answered);
    } finally {
      clearInterval(again);
    }
  }
}
