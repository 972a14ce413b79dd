/** The zones and the questions of the benchmarks. Both come out alike every time. */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ZoneOnDisk } from './daemons.ts';

const HEAD = '$TTL 3600\n@ IN SOA ns hostmaster 1 3600 900 604800 300\n@ IN NS ns\n';
/** Names of the zone that all kinds of questions are asked about, and different questions. */
const NAMES = 10_000;
const QUESTIONS = 10_000;
const MILLION = 1_000_000;
const LINES_AT_ONCE = 1_000;
/** Questions about the large zone: many more than any cache of answers holds. */
const RANDOM_QUESTIONS = 300_000;

/** A zone with hosts, delegations, aliases and a wildcard. */
export function writeMixedZone(folder: string, name: string): ZoneOnDisk {
  const lines = Array.from({ length: NAMES }, (_, at) => `h${at} IN A 10.1.${at >> 8}.${at & 255}`);
  for (let at = 0; at < 100; at += 1) {
    lines.push(`sub${at} IN NS ns.sub${at}`, `ns.sub${at} IN A 192.0.2.${at}`, `alias${at} IN CNAME h${at}`);
  }
  return writeZone(
    folder,
    name,
    `${HEAD}ns IN A 192.0.2.53\n*.wild IN TXT "any"\n*.wild IN A 192.0.2.7\n${lines.join('\n')}\n`,
  );
}

/** Half of the questions have an answer; the others are about names and data that are not there, and lead elsewhere. */
export function writeMixedQuestions(path: string, zone: string, kinds: 'all' | 'without referrals'): void {
  const next = numbers(1);
  const lines = Array.from({ length: QUESTIONS }, () => {
    const kind = next() % 100;
    const at = next() % NAMES;
    if (kind < 50) return `h${at}.${zone}. A`;
    if (kind < 65) return `no${at}.h${at}.${zone}. A`;
    if (kind < 75) return `h${at}.${zone}. AAAA`;
    if (kind < 85 && kinds === 'all') return `www.sub${at % 100}.${zone}. A`;
    return kind < 95 ? `x${at % 2_000}.wild.${zone}. A` : `alias${at % 100}.${zone}. A`;
  });
  writeFileSync(path, `${lines.join('\n')}\n`);
}

/** A zone of a million names with an address each. */
export function writeMillionZone(folder: string, name: string): ZoneOnDisk {
  const zone = writeZone(folder, name, `${HEAD}ns IN A 192.0.2.53\n`);
  const file = openSync(zone.path, 'a');
  for (let from = 0; from < MILLION; from += LINES_AT_ONCE) {
    const lines = Array.from({ length: LINES_AT_ONCE }, (_, at) => lineOfMillion(from + at));
    writeSync(file, lines.join(''));
  }
  closeSync(file);
  return zone;
}

function lineOfMillion(at: number): string {
  return `host${at} IN A 10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}\n`;
}

export function writeMillionQuestions(path: string, zone: string): void {
  const next = numbers(2);
  const lines = Array.from({ length: RANDOM_QUESTIONS }, () => `host${next() % MILLION}.${zone}. A`);
  writeFileSync(path, `${lines.join('\n')}\n`);
}

export function writeZone(folder: string, name: string, text: string): ZoneOnDisk {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name === '.' ? 'root' : name}.zone`);
  writeFileSync(path, text);
  return { name, path };
}

/** Numbers that look like random ones, the same each time (a linear congruential generator). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
}
