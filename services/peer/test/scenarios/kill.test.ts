import { type ChildProcess, spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { isSameHash } from '#shared/bittorrent/info-hash.ts';
import { hashOfPiece } from '#shared/bittorrent/metainfo.ts';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { seededRandom } from '../protocol/seeded-random.ts';
import { listenScripted, type ScriptedPeer, scriptedId } from '../server/scripted-peer.ts';
import { someTorrent } from '../store/some-torrent.ts';
import { until } from './world.ts';

/** Blocks that one life gets, at most: less than a third of them all, so that none of the first is the last. */
const BLOCKS_OF_A_LIFE_MAX = 60;
/** How often the peer is killed. A hundred times by `PEER_KILLS=100 vitest run services/peer/test/scenarios/kill.test.ts`. */
const KILLS = Number(process.env.PEER_KILLS ?? 4);
const TOOL = new URL('../../src/tool/torrent.ts', import.meta.url).pathname;
const GIVER = { address: `${TEST_NET}.74.1`, port: 6881 };

/** 96 pieces in three files, none of which begins with a piece. */
const torrent = someTorrent('kill', { a: 1_000_000, 'b/c': 1_500_000, d: 645_728 }, { pieceLength: 32_768 });
const { info, infoHash } = torrent.metainfo;

/** The .torrent file lies elsewhere: the folder of the download is removed now and then. */
const file = join(tmpdir(), `kill-${process.pid}.torrent`);
let folder: string;
let server: Server | undefined;
let child: ChildProcess | undefined;

afterEach(() => {
  child?.kill('SIGKILL');
  server?.close();
  rmSync(folder, { recursive: true, force: true });
  rmSync(file, { force: true });
});

/** What one life of the peer has said and asked. */
interface Life {
  /** What it said to have when it came. */
  readonly opening: PieceSet;
  readonly announced: Set<number>;
  readonly asked: Set<number>;
  given: number;
}

/** The pieces that are on the disk, as their hashes tell. */
function onDisk(): Set<number> {
  const parts = info.files.map(({ path, length }) => {
    try {
      return Buffer.concat([readFileSync(join(folder, ...path)), Buffer.alloc(length)]).subarray(0, length);
    } catch {
      return Buffer.alloc(length);
    }
  });
  const content = Buffer.concat(parts);
  const right = Array.from({ length: info.pieceCount }, (_, index) => index).filter((index) => {
    const octets = content.subarray(index * info.pieceLength, (index + 1) * info.pieceLength);
    return isSameHash(hash('sha1', octets, 'buffer'), hashOfPiece(info, index));
  });
  return new Set(right);
}

/** A neighbour that has everything, gives of it what it `mayGive`, and notes what it hears. */
function welcome(lives: Life[], mayGive: (life: Life) => boolean): (peer: ScriptedPeer) => void {
  return (peer) => {
    const life: Life = {
      opening: new PieceSet(info.pieceCount),
      announced: new Set(),
      asked: new Set(),
      given: 0,
    };
    const everything = new PieceSet(info.pieceCount);
    for (let index = 0; index < info.pieceCount; index++) everything.add(index);
    peer.shakeHands(infoHash, scriptedId(1));
    peer.say({ kind: 'bitfield', bits: everything.encode() }, { kind: 'unchoke' });
    lives.push(life);
    peer.onMessage = (message) => {
      if (message.kind === 'bitfield')
        for (const index of PieceSet.decode(message.bits, info.pieceCount)) life.opening.add(index);
      if (message.kind === 'have') life.announced.add(message.index);
      if (message.kind !== 'request') return;
      life.asked.add(message.index);
      if (!mayGive(life)) return;
      life.given += 1;
      const at = message.index * info.pieceLength + message.begin;
      peer.say({
        kind: 'piece',
        index: message.index,
        begin: message.begin,
        block: torrent.content.subarray(at, at + message.length),
      });
    };
  };
}

function startPeer(): ChildProcess {
  const options = [
    '--dir',
    folder,
    '--from',
    `${TEST_NET}.74.2`,
    '--peer',
    `${GIVER.address}:${GIVER.port}`,
    '--download',
    '2M',
  ];
  return spawn(process.execPath, [TOOL, 'get', file, ...options], { stdio: 'ignore' });
}

test(
  `a peer that is killed at any moment goes on where it was, and never announces what it does not have (${KILLS} kills)`,
  async () => {
    folder = mkdtempSync(join(tmpdir(), 'topdown-kill-'));
    writeFileSync(file, torrent.octets);
    const lives: Life[] = [];
    let isLast = false;
    const mayGive = ({ given }: Life) => isLast || given < BLOCKS_OF_A_LIFE_MAX;
    server = await listenScripted(GIVER.address, GIVER.port, welcome(lives, mayGive), info.pieceCount);
    const random = seededRandom(1);
    let resumed = 0;
    let before = new Set<number>();
    for (let kill = 0; kill < KILLS; kill++) {
      child = startPeer();
      const over = once(child, 'exit');
      const nth = lives.length;
      // Killed after some blocks more, each time another number: while it starts, fetches, writes or notes. The first lives until
      // it has written something, and the second until it goes on with it.
      const blocks = Math.floor(random() * 30) + Number(kill === 1);
      const pieces = Number(kill === 0);
      const isDue = ({ given, announced }: Life) => given >= blocks && announced.size >= pieces;
      await until(
        () => (lives[nth] !== undefined && isDue(lives[nth])) || child?.exitCode !== null,
        'it has asked for blocks',
      );
      child.kill('SIGKILL');
      await over;
      const life = lives[nth];
      const right = onDisk();
      // It may have completed on the way: its one bitfield counts all the same.
      for (const index of life?.opening ?? []) expect(before, `piece ${index} in the bitfield`).toContain(index);
      for (const index of life?.announced ?? []) expect(right, `have ${index}`).toContain(index);
      for (const index of before) expect(life?.asked ?? new Set(), `piece ${index} again`).not.toContain(index);
      if (before.size > 0 && life !== undefined && life.asked.size > 0) {
        expect(life.opening.size).toBe(before.size);
        resumed += 1;
      }
      before = right;
      if (right.size < info.pieceCount) continue;
      before = new Set();
      rmSync(folder, { recursive: true, force: true });
    }
    expect(resumed).toBeGreaterThan(0);
    isLast = true;
    child = startPeer();
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(onDisk().size).toBe(info.pieceCount);
  },
  120_000 + KILLS * 10_000,
);
