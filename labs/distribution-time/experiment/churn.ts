/**
 * Which piece to fetch next, when nobody stays: peers come one after another, some lose patience when they have half of the
 * file, and the seed leaves for good soon after it has given one copy. Does the file survive?
 *
 * The seed of a run draws who comes when and who leaves early; the same draw is played with every policy, so that policies are
 * compared in pairs. What the peers draw themselves (equally rare pieces, slots) is new in each run.
 */
import type { ReportInput } from '#shared/report.ts';
import { watchMachine } from '../../kit/machine-watch.ts';
import { seededRandom, shuffled } from '../../kit/seeded-random.ts';
import { until } from '../../kit/until.ts';
import { type Peer, type Place, type SharedFile, World } from '../world/world.ts';
import type { ChurnRun, ChurnScenario, Policy } from './churn-scenario.ts';
import { Copies } from './copies.ts';
import { announces, givenOctets, verifiedIndex } from './heard.ts';
import { rateOf } from './p2p.ts';

const TORRENT_BYTES_PER_S = 64 * 1024 * 1024;
const READY_MS_MAX = 120_000;
/** A run in which nothing happens for so long is over: longer than two decisions of the choker. */
const QUIET_MS_MAX = 25_000;
const RUN_MS_MAX = 300_000;
const MS_PER_S = 1_000;

/** Who comes when, in milliseconds, and who leaves early. */
interface Draw {
  readonly arrivals: readonly number[];
  readonly impatient: ReadonlySet<number>;
}

function drawLots(scenario: ChurnScenario, seed: number): Draw {
  const random = seededRandom(seed);
  const everybody = Array.from({ length: scenario.peers }, (_, nth) => nth);
  return {
    arrivals: everybody.map(() => random() * scenario.arrivalS * MS_PER_S),
    impatient: new Set(shuffled(everybody, random).slice(0, scenario.impatient)),
  };
}

export async function runChurn(
  scenario: ChurnScenario,
  policy: Policy,
  seed: number,
  file: SharedFile,
  place: Place,
): Promise<ChurnRun> {
  const world = new World(place, file);
  try {
    await Promise.all([world.openSite(TORRENT_BYTES_PER_S), world.openTracker()]);
    return await new Play(scenario, policy, seed, file, world).run();
  } finally {
    await world.close();
  }
}

/** One run while it lasts. */
class Play {
  readonly #scenario: ChurnScenario;
  readonly #policy: Policy;
  readonly #seed: number;
  readonly #file: SharedFile;
  readonly #world: World;
  readonly #draw: Draw;
  readonly #copies: Copies;
  readonly #peers = new Map<number, Peer>();
  readonly #complete = new Set<number>();
  /** Those that have left early. */
  readonly #gone = new Set<number>();
  readonly #leaving: Promise<void>[] = [];
  #half: { variance: number; counts: number[] } | null = null;
  #lastVerifiedAt = performance.now();
  #seedPeer: Peer | null = null;
  #given = 0;
  #hasSeedLeft = false;

  constructor(scenario: ChurnScenario, policy: Policy, seed: number, file: SharedFile, world: World) {
    this.#scenario = scenario;
    this.#policy = policy;
    this.#seed = seed;
    this.#file = file;
    this.#world = world;
    this.#draw = drawLots(scenario, seed);
    this.#copies = new Copies(file.pieceCount);
  }

  async run(): Promise<ChurnRun> {
    let isReady = false;
    // It is the choice of pieces that is compared: a seed that suggests some would help those alone who ask for the rarest.
    const environment = {
      UPLOAD_BYTES_PER_S: rateOf(this.#scenario.seedUpload),
      REPORT_BLOCKS: 'all',
      SUGGEST: 'false',
    };
    this.#seedPeer = await this.#world.openSeed(environment, (report) => {
      isReady ||= announces(report);
      this.#seedGave(givenOctets(report));
    });
    await until(() => isReady, 'the seed is in the swarm', READY_MS_MAX);
    const endWatch = watchMachine();
    const startedAt = performance.now();
    await Promise.all(this.#draw.arrivals.map((arrivalMs, nth) => this.#arrive(nth, arrivalMs)));
    await until(() => this.#isOver, 'the run is over', RUN_MS_MAX);
    const seconds = (performance.now() - startedAt) / MS_PER_S;
    const machine = endWatch();
    await Promise.all(this.#leaving);
    return {
      policy: this.#policy,
      seed: this.#seed,
      arrivals: this.#draw.arrivals.map((ms) => ms / MS_PER_S),
      impatient: [...this.#draw.impatient],
      variance: this.#half?.variance ?? null,
      counts: this.#half?.counts ?? null,
      surviving: this.#copies.availability,
      complete: this.#complete.size,
      patient: this.#scenario.peers - this.#draw.impatient.size,
      seconds,
      machine,
    };
  }

  async #arrive(nth: number, arrivalMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, arrivalMs));
    const environment = { UPLOAD_BYTES_PER_S: rateOf(this.#scenario.peerUpload), PICK_POLICY: this.#policy };
    const peer = await this.#world.openPeer(nth, environment, (report) => this.#hear(nth, report));
    this.#peers.set(nth, peer);
    if (this.#gone.has(nth)) this.#leaving.push(peer.stop());
  }

  #hear(nth: number, report: ReportInput): void {
    const index = verifiedIndex(report);
    // What it still reports while it leaves, nobody can have of it.
    if (index === null || this.#gone.has(nth)) return;
    this.#lastVerifiedAt = performance.now();
    this.#copies.gained(nth, index);
    const pieces = this.#copies.piecesOf(nth);
    if (pieces === this.#file.pieceCount) this.#complete.add(nth);
    if (this.#copies.total === (this.#scenario.peers * this.#file.pieceCount) / 2)
      this.#half ??= { variance: this.#copies.variance, counts: this.#copies.counts };
    if (this.#draw.impatient.has(nth) && pieces * 2 >= this.#file.pieceCount) this.#leave(nth);
  }

  #leave(nth: number): void {
    this.#gone.add(nth);
    this.#copies.left(nth);
    const peer = this.#peers.get(nth);
    if (peer !== undefined) this.#leaving.push(peer.stop());
  }

  #seedGave(octets: number): void {
    this.#given += octets;
    if (this.#hasSeedLeft || this.#given < this.#scenario.seedCopies * this.#file.octets.length) return;
    this.#hasSeedLeft = true;
    if (this.#seedPeer !== null) this.#leaving.push(this.#seedPeer.stop());
  }

  /** Whether nobody can get anything more: all who stay have what there is, or nothing has happened for long. */
  get #isOver(): boolean {
    if (this.#half !== null && this.#scenario.endsHalfWay) return true;
    const present = [...this.#peers.keys()].filter((nth) => !this.#gone.has(nth));
    const there = this.#copies.counts.filter((count) => count > 0).length;
    const isShared = present.every((nth) => this.#copies.piecesOf(nth) === there);
    if (isShared && (this.#hasSeedLeft || there === this.#file.pieceCount)) return true;
    return performance.now() - this.#lastVerifiedAt > QUIET_MS_MAX;
  }
}
