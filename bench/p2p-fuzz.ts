/**
 * Hostile octets at everything that reads BitTorrent: the codecs alone; and a peer and a tracker that run, at every listener and in
 * the answers that they wait for; and hostile peers that a leecher dials beside one seed that behaves. Nothing may crash, hang or
 * grow, and who behaves is served all the while.
 *
 *   npm run bench -- p2p-fuzz [how many inputs, a million by default]     each with other seeds
 *   npm run bench -- p2p-fuzz codec|peer|leecher|tracker [how many]
 *   npm run bench -- p2p-fuzz --seed N [--seed N ...]                     these inputs of the codecs alone, told in full
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fuzzOnce } from '#shared/bittorrent/test/fuzz/fuzz-codec.ts';
import { figure } from './figure.ts';
import { fuzzTracker } from './p2p/hostile-clients.ts';
import { fuzzPeer } from './p2p/hostile-peers.ts';
import { fuzzLeecher } from './p2p/hostile-seeds.ts';

const INPUTS = 1_000_000;
/** How many of them go to running programs: each takes a connection or a datagram. */
const CONNECTIONS_PART = 0.03;
/** How many of them are whole downloads beside hostile seeds. */
const DOWNLOADS_PART = 0.000_04;
/** Parts of a run, after each of which the memory is read; in the first one tables are filled. */
const PARTS = 10;
/**
 * How much more may be kept at the end than after the first part, in megabytes. What is kept is what a full garbage collection
 * leaves. Resident memory says less of the codecs: it grows by some 40 MB in the first million inputs and stays there, since the
 * compiler and the collector of V8 do not give back what they took to do their work; in the heap it is not.
 */
const KEPT_GROWTH_MB_MAX = 2;
/** An input that takes longer hangs, in milliseconds of a machine that does other things too. */
const INPUT_MS_MAX = 1_000;
const TOLD_MAX = 3;
const OCTETS_TOLD_MAX = 400;

export async function benchP2pFuzz(): Promise<void> {
  const words = process.argv.slice(3);
  const seeds = words.flatMap((word, at) => (word === '--seed' ? [Number(words[at + 1])] : []));
  const inputs = Number(words.find((word, at) => /^\d+$/.test(word) && words[at - 1] !== '--seed') ?? INPUTS);
  const isWanted = (part: string) => !words.some((word) => /^[a-z]+$/.test(word)) || words.includes(part);
  if (seeds.length > 0) {
    for (const seed of seeds) tell(seed, fuzzOnce(seed));
    return;
  }
  if (isWanted('codec')) fuzzCodecs(inputs);
  const connections = Math.ceil(inputs * CONNECTIONS_PART);
  if (isWanted('peer')) await fuzzPeer(connections);
  if (isWanted('leecher')) await fuzzLeecher(Math.ceil(inputs * DOWNLOADS_PART));
  if (isWanted('tracker')) await fuzzTracker(connections);
}

function fuzzCodecs(inputs: number): void {
  const begun = performance.now();
  const first = Math.floor(begun * 1000) % 1_000_000;
  const [kept, resident]: [number[], number[]] = [[], []];
  const collect = garbageCollector();
  const faults: number[] = [];
  let [taken, slowest, slow] = [0, 0, 0];
  for (let nth = 0; nth < inputs; nth += 1) {
    const { fault, isTaken, ms } = fuzzOnce(first + nth);
    if (fault !== null) faults.push(first + nth);
    if (isTaken) taken += 1;
    slowest = Math.max(slowest, ms);
    if (ms > INPUT_MS_MAX) slow += 1;
    if ((nth + 1) % Math.ceil(inputs / PARTS) !== 0 && nth + 1 < inputs) continue;
    collect();
    const { rss, heapUsed, external } = process.memoryUsage();
    kept.push((heapUsed + external) / 1e6);
    resident.push(rss / 1e6);
  }
  const seconds = (performance.now() - begun) / 1000;
  process.stdout.write(`\ncodecs: ${inputs} inputs in ${seconds.toFixed(0)} s, of which ${taken} were taken\n`);
  process.stdout.write(`  resident memory after each tenth, in MB: ${resident.map((mb) => mb.toFixed(0)).join(' ')}\n`);
  process.stdout.write(`  of that kept after a garbage collection: ${kept.map((mb) => mb.toFixed(1)).join(' ')}\n`);
  const growth = kept.at(-1)! - kept[0]!;
  figure('  growth of what is kept after the first tenth', growth, 'MB', KEPT_GROWTH_MB_MAX);
  figure('  the slowest input', slowest, 'ms', INPUT_MS_MAX);
  figure('  inputs that hang', slow, '', 0);
  figure('  findings', faults.length, '', 0);
  for (const seed of faults.slice(0, TOLD_MAX)) tell(seed, fuzzOnce(seed));
  if (faults.length > 0 || slow > 0 || growth > KEPT_GROWTH_MB_MAX) process.exitCode = 1;
}

/** Collects all garbage at once, which a program cannot ask for unless V8 is told so. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

function tell(seed: number, { codec, fault, isTaken, octets }: ReturnType<typeof fuzzOnce>): void {
  const shown = JSON.stringify(Buffer.from(octets.subarray(0, OCTETS_TOLD_MAX)).toString('latin1'));
  process.stdout.write(`\nseed ${seed}, ${codec}: ${fault ?? (isTaken ? 'taken' : 'refused')}\n  ${shown}\n`);
}
