import { hash } from 'node:crypto';
import { once } from 'node:events';
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { encodeHandshake, encodeReserved } from '#shared/bittorrent/handshake.ts';
import { decodeMetainfo } from '#shared/bittorrent/metainfo.ts';
import { BLOCK_OCTETS } from '#shared/bittorrent/peer-message.ts';
import { mutateOctets } from '#shared/bittorrent/test/fuzz/mutate-octets.ts';
import { PIECES, sampleStream } from '#shared/bittorrent/test/fuzz/sample-octets.ts';
import { Random } from '#shared/http/test/fuzz/random.ts';
import { ScriptedPeer } from '../../services/peer/test/server/scripted-peer.ts';
import { figure } from '../figure.ts';
import { type OurServer, startOurs } from '../processes.ts';
import { PEER_PORT } from './client.ts';
import { FUZZED_ENVIRONMENT, runCases, within } from './fuzz-run.ts';
import { HostileTracker } from './hostile-tracker.ts';
import { makePayload, type Payload, PIECE_OCTETS } from './payload.ts';

const NET = '127.78';
const LANES = 24;
/** Addresses of each lane: a peer takes few connections from one. */
const ADDRESSES = 250;
const CHANGES_MAX = 5;
/** How long a hostile peer stays at most, in milliseconds. */
const STAY_MS_MAX = 60;
const CANARY_MS_MAX = 60_000;
const LEFT_MS_MAX = 10_000;
const ASK_MS = 10;

/** Hostile peers dial one of ours, while two trackers, over HTTP and UDP, answer it with hostile octets. */
export async function fuzzPeer(cases: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'topdown-fuzz-p2p-'));
  const tracker = await HostileTracker.start(`${NET}.3.9`);
  const payload = makePayload(join(folder, 'payload'), PIECES * PIECE_OCTETS, [tracker.httpUrl]);
  const peer = await startSeed(join(folder, 'host'), payload);
  // One that it never gets: who waits for an answer over UDP waits long, and this torrent is not held up by it.
  const other = makePayload(join(folder, 'other'), PIECE_OCTETS, [tracker.udpUrl], 'other.bin');
  await peer.act('add', { torrentFile: Buffer.from(other.torrent).toString('base64') });
  let isOver = false;
  const asking = (async () => {
    for (; !isOver; await pause(ASK_MS)) await peer.act('announce', {});
  })();
  try {
    const octets = readFileSync(payload.path);
    const { infoHash } = decodeMetainfo(payload.torrent, (given) => hash('sha1', given, 'buffer'));
    await runCases('peer', peer, {
      count: cases,
      lanes: LANES,
      one: (nth) => attack(peer, infoHash, nth),
      canary: () => askBlock(peer, infoHash, octets),
    });
    isOver = true;
    await asking;
    process.stdout.write(`  answers of hostile trackers besides: ${tracker.answers}\n`);
    figure('  connections that are left', await connectionsLeft(peer), '', 0);
  } finally {
    isOver = true;
    await asking.catch(() => {});
    await peer.stop();
    await tracker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startSeed(folder: string, payload: Payload): Promise<OurServer> {
  const download = join(folder, 'state', 'download');
  mkdirSync(download, { recursive: true });
  linkSync(payload.path, join(download, payload.name));
  const environment = { ...FUZZED_ENVIRONMENT, TORRENT_URL: '', MAX_PEERS: '300', UPLOAD_SLOTS: '100' };
  const given = { program: 'peer', address: `${NET}.3.1`, port: PEER_PORT, folder, environment };
  const peer = await startOurs('peer', given);
  await peer.act('add', { torrentFile: Buffer.from(payload.torrent).toString('base64') });
  await within('the seed', CANARY_MS_MAX, untilSharing(peer));
  return peer;
}

async function untilSharing(peer: OurServer): Promise<void> {
  while (((await peer.state()) as { phase: string }).phase !== 'sharing') await pause(ASK_MS);
}

/** One hostile peer: most know the handshake, none knows when to stop. */
async function attack({ address, port }: OurServer, infoHash: Uint8Array, nth: number): Promise<void> {
  const random = new Random(nth);
  const localAddress = `${NET}.${100 + (nth % LANES)}.${1 + (Math.floor(nth / LANES) % ADDRESSES)}`;
  const socket = connect({ host: address, port, localAddress });
  socket.on('error', () => {});
  socket.resume();
  const closed = once(socket, 'close').catch(() => {});
  await Promise.race([once(socket, 'connect').catch(() => {}), closed]);
  const peerId = Buffer.from(`-XX0001-${random.id()}${random.id().slice(0, 4)}`, 'latin1');
  const reserved = encodeReserved(random.once(3) ? [] : ['fast', 'extensions']);
  const handshake = encodeHandshake({ infoHash, peerId, reserved });
  socket.write(random.once(10) ? mutateOctets(handshake, random, CHANGES_MAX) : handshake);
  for (let left = random.below(6); left > 0 && !socket.destroyed; left -= 1) {
    const octets = sampleStream(random);
    socket.write(random.once(3) ? octets : mutateOctets(octets, random, CHANGES_MAX));
  }
  await Promise.race([closed, pause(random.below(STAY_MS_MAX))]);
  if (random.once(2)) socket.resetAndDestroy();
  else socket.destroy();
  await closed;
}

/** Somebody who behaves gets a block, and it is the right one. */
async function askBlock({ address, port }: OurServer, infoHash: Uint8Array, octets: Uint8Array): Promise<void> {
  const peer = await ScriptedPeer.dial({ address, port }, `${NET}.99.1`, PIECES);
  const index = Math.floor(performance.now()) % PIECES;
  const answered = new Promise<Uint8Array>((resolve) => {
    peer.onMessage = (message) => {
      if (message.kind === 'unchoke') peer.say({ kind: 'request', index, begin: 0, length: BLOCK_OCTETS });
      if (message.kind === 'piece') resolve(Uint8Array.from(message.block));
    };
  });
  peer.shakeHands(infoHash, Buffer.from('-XX0001-the canary !', 'latin1'));
  peer.say({ kind: 'interested' });
  try {
    const block = await within('the block of the canary', CANARY_MS_MAX, answered);
    const begin = index * PIECE_OCTETS;
    if (Buffer.compare(block, octets.subarray(begin, begin + BLOCK_OCTETS)) !== 0)
      throw new Error(`The block of piece ${index} is wrong`);
  } finally {
    peer.socket.destroy();
  }
}

async function connectionsLeft(peer: OurServer): Promise<number> {
  const count = async () => ((await peer.state()) as { neighbours: readonly unknown[] }).neighbours.length;
  for (const deadline = performance.now() + LEFT_MS_MAX; performance.now() < deadline; await pause(ASK_MS)) {
    if ((await count()) === 0) return 0;
  }
  return count();
}
