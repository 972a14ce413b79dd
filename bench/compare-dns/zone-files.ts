/** Zone files read by us, by named-checkzone and by nsd-checkzone: who takes which, and with what records in them. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseMasterFile } from '#shared/dns/master-file.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { buildZone, recordsOf } from '../../services/authoritative/src/protocol/zone.ts';
import { zoneExplanationOf } from './differences.ts';
import { ZONE_TEXTS, type ZoneText } from './zone-texts.ts';

const execute = promisify(execFile);
const ORIGIN = 'example.';

/** What a reader makes of a zone file: its records, in any order, or why it is refused. */
interface Verdict {
  readonly records: readonly string[] | null;
  readonly because: string;
}

/** Whether every difference is explained. */
export async function compareZoneFiles(isVerbose: boolean): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'topdown-zones-'));
  const counts = { same: 0, explained: 0, unexplained: 0 };
  try {
    for (const zoneText of ZONE_TEXTS) {
      const file = join(folder, 'example.zone');
      writeFileSync(file, zoneText.text);
      const [named, nsd] = await Promise.all([readByNamed(file), readByNsd(file)]);
      counts[compare(zoneText, readByUs(zoneText.text), nsd, named, isVerbose)] += 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const { same, explained, unexplained } = counts;
  process.stdout.write(
    `${ZONE_TEXTS.length} zone files: ${same} read alike by all three, ` +
      `${explained} otherwise for a reason that is written down, ${unexplained} unexplained\n`,
  );
  return unexplained === 0;
}

function compare(
  { what, text }: ZoneText,
  topdown: Verdict,
  nsd: Verdict,
  named: Verdict,
  isVerbose: boolean,
): 'same' | 'explained' | 'unexplained' {
  const isSame = [nsd, named].every((other) => other.records?.join('\n') === topdown.records?.join('\n'));
  if (isSame) return 'same';
  const because = zoneExplanationOf(what);
  if (because !== undefined && !isVerbose) return 'explained';
  process.stdout.write(`${what}   [${because === undefined ? 'unexplained]' : `explained] ${because}`}\n`);
  if (because === undefined) process.stdout.write(`    ${JSON.stringify(text.slice(-120))}\n`);
  for (const [who, { records, because: refusal }] of Object.entries({ topdown, nsd, named })) {
    const taken = records === null ? `refused: ${refusal}` : `taken: ${records.filter(isNotApex).join(' | ')}`;
    process.stdout.write(`    ${who.padEnd(8)} ${taken.slice(0, 300)}\n`);
  }
  return because === undefined ? 'unexplained' : 'explained';
}

function isNotApex(record: string): boolean {
  return !/^(example\. \d+ in (soa|ns) |ns\.example\. )/.test(record);
}

function readByUs(text: string): Verdict {
  const noFile = () => {
    throw new Error('there is no such file');
  };
  try {
    const origin = parseName(ORIGIN);
    const zone = buildZone(origin, parseMasterFile({ text, file: 'example.zone' }, origin, noFile), 'example.zone');
    return { records: [...recordsOf(zone)].map(lineOf).sort(), because: '' };
  } catch (error) {
    return { records: null, because: (error as Error).message };
  }
}

/** Without its checks of what names lead to, which are advice; -D prints the zone. */
function readByNamed(file: string): Promise<Verdict> {
  return readByTool('named-checkzone', ['-i', 'none', '-k', 'ignore', '-q', '-D', '-o', '-', ORIGIN, file]);
}

function readByNsd(file: string): Promise<Verdict> {
  return readByTool('nsd-checkzone', ['-p', ORIGIN, file]);
}

async function readByTool(tool: string, words: readonly string[]): Promise<Verdict> {
  let printed: string;
  try {
    printed = (await execute(tool, words, { encoding: 'latin1' })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    return { records: null, because: `${stderr ?? ''}${stdout ?? ''}`.split('\n')[0] ?? '' };
  }
  return { records: recordsPrinted(printed), because: '' };
}

/** What a tool prints is a zone file too. */
function recordsPrinted(text: string): string[] {
  const refuse = () => {
    throw new Error('a printed zone includes nothing');
  };
  const placed = parseMasterFile({ text, file: 'printed' }, parseName(ORIGIN), refuse);
  return [...new Set(placed.map(({ record }) => lineOf(record)))].sort();
}

function lineOf(record: Parameters<typeof formatRecord>[0]): string {
  return formatRecord(record).toLowerCase();
}
