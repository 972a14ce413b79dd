import { ofEqualPeers, p2pBound } from '#shared/bittorrent/distribution-time.ts';
import type { ReportInput } from '#shared/report.ts';
import { watchMachine } from '../../kit/machine-watch.ts';
import { until } from '../../kit/until.ts';
import type { Setting } from '../settings.ts';
import { type Place, type SharedFile, World } from '../world/world.ts';
import { Copies } from './copies.ts';
import type { DistributionRun } from './distribution-run.ts';
import { announces, verifiedIndex } from './heard.ts';

/** Times the bound after which a distribution is given up, and what it may take at least, in seconds. */
const GIVE_UP_FACTOR = 10;
const GIVE_UP_S_MIN = 60;
const READY_MS_MAX = 120_000;
/** The .torrent file passes at once: it is no part of what is measured. */
const TORRENT_BYTES_PER_S = 64 * 1024 * 1024;

/**
 * Distributes the file to `peers` peers that begin with nothing, and measures until the last one has it. All are in the swarm
 * before the seed comes; the time begins when the seed announces itself, since it is only from then on that the file can be had.
 */
export async function runP2p(
  setting: Setting,
  peers: number,
  file: SharedFile,
  place: Place,
  environment: Readonly<Record<string, string>> = {},
): Promise<DistributionRun> {
  const world = new World(place, file);
  const bound = p2pBound(ofEqualPeers({ ...setting, peers })).seconds;
  const rates = { UPLOAD_BYTES_PER_S: rateOf(setting.upload), DOWNLOAD_BYTES_PER_S: rateOf(setting.download) };
  try {
    await Promise.all([world.openSite(TORRENT_BYTES_PER_S), world.openTracker()]);
    const copies = new Copies(file.pieceCount);
    const finishedAt: number[] = [];
    const announced = new Set<number>();
    const hear = (nth: number) => (report: ReportInput) => {
      if (announces(report)) announced.add(nth);
      const index = verifiedIndex(report);
      if (index === null) return;
      copies.gained(nth, index);
      if (copies.piecesOf(nth) === file.pieceCount) finishedAt.push(performance.now());
    };
    const members = await Promise.all(
      Array.from({ length: peers }, (_, nth) => world.openPeer(nth, { ...rates, ...environment }, hear(nth))),
    );
    await until(() => announced.size === peers, 'all peers are in the swarm', READY_MS_MAX);
    const endWatch = watchMachine();
    let startedAt = 0;
    const seedRate = { UPLOAD_BYTES_PER_S: rateOf(setting.serverUpload) };
    const seed = await world.openSeed({ ...seedRate, ...environment }, (report) => {
      if (startedAt === 0 && announces(report)) startedAt = performance.now();
    });
    const giveUpMs = Math.max(GIVE_UP_S_MIN, GIVE_UP_FACTOR * bound) * 1000;
    await until(() => finishedAt.length === peers, `${peers} peers have the file`, giveUpMs);
    const machine = endWatch();
    await until(() => members.every(({ state }) => state().sha256 !== null), 'the hashes are known', READY_MS_MAX);
    for (const { name, state } of members) {
      if (state().sha256 !== file.sha256) throw new Error(`${name} got another file than the seed has`);
    }
    const finished = finishedAt.map((at) => (at - startedAt) / 1000);
    const copiesOf = (octets: number) => octets / file.octets.length;
    return {
      architecture: 'p2p',
      peers,
      bound,
      seconds: Math.max(...finished),
      finished,
      serverCopies: copiesOf(seed.state().uploaded),
      peersCopies: copiesOf(members.reduce((sum, { state }) => sum + state().uploaded, 0)),
      machine,
    };
  } finally {
    await world.close();
  }
}

/** A rate as the peer's configuration has it: whole octets per second, 0 for no limit. */
export function rateOf(bytesPerS: number): string {
  return Number.isFinite(bytesPerS) ? String(Math.round(bytesPerS)) : '0';
}
