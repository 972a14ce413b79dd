import { hash } from 'node:crypto';
import { once } from 'node:events';
import { linkSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer as createWebServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { encodeBencode } from '#shared/bittorrent/bencode.ts';
import { encodeCompactPeers } from '#shared/bittorrent/compact-peers.ts';
import { encodeHandshake, encodeReserved } from '#shared/bittorrent/handshake.ts';
import { decodeMetainfo } from '#shared/bittorrent/metainfo.ts';
import { mutateOctets } from '#shared/bittorrent/test/fuzz/mutate-octets.ts';
import { PIECES, sampleStream } from '#shared/bittorrent/test/fuzz/sample-octets.ts';
import { Random } from '#shared/http/test/fuzz/random.ts';
import { type OurServer, startOurs } from '../processes.ts';
import { PEER_PORT } from './client.ts';
import { FUZZED_ENVIRONMENT, runCases, within } from './fuzz-run.ts';
import { makePayload, type Payload, PIECE_OCTETS } from './payload.ts';

const NET = '127.79';
const LEECHER = `${NET}.3.1`;
const SEED = `${NET}.3.2`;
const TRACKER = { address: `${NET}.3.9`, port: 6_971 };
/** Hostile peers beside the one seed that behaves. */
const HOSTILE = 40;
const CHANGES_MAX = 5;
const MESSAGES_MAX = 40;
/** How long a hostile peer stays at most, in milliseconds: some outlast the download. */
const STAY_MS_MAX = 5_000;
const DOWNLOAD_MS_MAX = 90_000;
const LOOK_MS = 20;

/** A leecher that dials hostile peers downloads a file from one seed that behaves, over and over. */
export async function fuzzLeecher(downloads: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'topdown-fuzz-leecher-'));
  const url = `http://${TRACKER.address}:${TRACKER.port}/announce`;
  const payload = makePayload(join(folder, 'payload'), PIECES * PIECE_OCTETS, [url]);
  const hostile = await HostileSeeds.start(payload);
  const seed = await startPeer('seed', SEED, join(folder, 'seed'));
  const leecher = await startPeer('leecher', LEECHER, join(folder, 'leecher'));
  try {
    const there = join(folder, 'seed', 'state', 'download');
    mkdirSync(there, { recursive: true });
    linkSync(payload.path, join(there, payload.name));
    await add(seed, payload);
    await runCases('leecher beside hostile seeds, downloads', leecher, {
      count: downloads,
      lanes: 1,
      one: () => download(leecher, payload),
      // A question to the leecher would come between those of a download.
      canary: async () => void (await seed.state()),
    });
    process.stdout.write(`  hostile peers that it has dialled: ${hostile.met}\n`);
  } finally {
    await Promise.all([leecher.stop(), seed.stop()]);
    await hostile.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function startPeer(name: string, address: string, folder: string): Promise<OurServer> {
  const environment = { ...FUZZED_ENVIRONMENT, TORRENT_URL: '' };
  return startOurs(name, { program: 'peer', address, port: PEER_PORT, folder, environment });
}

async function add(peer: OurServer, { torrent }: Payload): Promise<string> {
  const added = await peer.act('add', { torrentFile: Buffer.from(torrent).toString('base64') });
  return (added as { torrent: string }).torrent;
}

/** One download from the beginning; what has come must be right. */
async function download(leecher: OurServer, payload: Payload): Promise<void> {
  const torrent = await add(leecher, payload);
  const complete = (async () => {
    for (;;) {
      const { complete, sha256 } = (await leecher.state()) as { complete?: boolean; sha256?: string | null };
      if (complete === true && typeof sha256 === 'string') return sha256;
      await pause(LOOK_MS);
    }
  })();
  const sha256 = await within('a download beside hostile seeds', DOWNLOAD_MS_MAX, complete);
  if (sha256 !== payload.sha256) throw new Error(`A download has the SHA-256 ${sha256} and not ${payload.sha256}`);
  await leecher.act('remove', { torrent, removeFiles: true });
}

/** Peers that wait to be dialled and then say hostile octets, and a tracker that tells of them. */
class HostileSeeds {
  met = 0;
  readonly #infoHash: Uint8Array;
  readonly #servers: { close(): unknown }[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(infoHash: Uint8Array) {
    this.#infoHash = infoHash;
  }

  static async start({ torrent }: Payload): Promise<HostileSeeds> {
    const seeds = new HostileSeeds(decodeMetainfo(torrent, (octets) => hash('sha1', octets, 'buffer')).infoHash);
    const addresses = Array.from({ length: HOSTILE }, (_, nth) => `${NET}.${100 + nth}.1`);
    for (const address of addresses)
      await seeds.#listen(
        createServer((socket) => void seeds.#attack(socket)),
        address,
      );
    const peers = encodeCompactPeers([SEED, ...addresses].map((address) => ({ address, port: PEER_PORT })));
    const answer = encodeBencode(
      new Map<string, number | Uint8Array>([
        ['interval', 1],
        ['peers', peers],
      ]),
    );
    const tracker = createWebServer((_, response) => response.end(answer));
    await seeds.#listen(tracker, TRACKER.address, TRACKER.port);
    return seeds;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) server.close();
  }

  async #listen(server: Server, address: string, port = PEER_PORT): Promise<void> {
    this.#servers.push(server);
    server.listen(port, address);
    await once(server, 'listening');
  }

  /** Most know the handshake; many say to have everything, and few say anything else that is right. */
  async #attack(socket: Socket): Promise<void> {
    this.met += 1;
    const random = new Random(this.met);
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    socket.resume();
    const peerId = Buffer.from(`-XX0001-${random.id()}${random.id().slice(0, 4)}`, 'latin1');
    const reserved = encodeReserved(random.once(3) ? [] : ['fast', 'extensions']);
    const handshake = encodeHandshake({ infoHash: this.#infoHash, peerId, reserved });
    socket.write(random.once(10) ? mutateOctets(handshake, random, CHANGES_MAX) : handshake);
    if (random.once(2)) socket.write(seedOpening());
    for (let left = random.below(MESSAGES_MAX); left > 0 && !socket.destroyed; left -= 1) {
      const octets = sampleStream(random);
      socket.write(random.once(3) ? octets : mutateOctets(octets, random, CHANGES_MAX));
      await pause(random.below(LOOK_MS));
    }
    await Promise.race([once(socket, 'close').catch(() => {}), pause(random.below(STAY_MS_MAX), null, { ref: false })]);
    if (random.once(2)) socket.resetAndDestroy();
    else socket.destroy();
  }
}

/** The bitfield of all pieces, and an unchoke. */
function seedOpening(): Uint8Array {
  const bits = Buffer.alloc(Math.ceil(PIECES / 8), 0xff);
  bits[bits.length - 1] = (0xff << (bits.length * 8 - PIECES)) & 0xff;
  return Buffer.concat([Buffer.from([0, 0, 0, 1 + bits.length, 5]), bits, Buffer.from([0, 0, 0, 1, 1])]);
}
