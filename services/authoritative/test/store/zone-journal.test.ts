import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { change } from '#shared/dns/update.ts';
import { applyUpdate } from '../../src/protocol/apply-update.ts';
import { parseUpdatePolicy, Rights } from '../../src/protocol/update-policy.ts';
import { recordsOf, type Zone } from '../../src/protocol/zone.ts';
import type { JournalDisk } from '../../src/store/journal-file.ts';
import type { JournalEntry } from '../../src/store/journal-text.ts';
import { JOURNAL_OCTETS_MAX, ZoneJournal } from '../../src/store/zone-journal.ts';
import { record } from '../records.ts';
import { APEX, zoneOf } from '../zones.ts';

let stateDir: string;
let logged: string[];
const opened: ZoneJournal[] = [];

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'topdown-journal-'));
  logged = [];
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((journal) => journal.close()));
  rmSync(stateDir, { recursive: true, force: true });
});

const zone = zoneOf('example.', `${APEX}www A 127.53.10.1\n`);
const fileEdition = { serial: 1, digest: 'of-the-file', sources: [{ path: '../a b.zone', digest: '0'.repeat(64) }] };
const path = () => join(stateDir, 'journal', 'example.journal');
const linesOf = (of: Zone | undefined) => (of === undefined ? [] : [...recordsOf(of)].map(formatRecord).toSorted());

function journal({ net = '127.53', disk }: { net?: string; disk?: JournalDisk } = {}): ZoneJournal {
  const log = pino({ level: 'warn' }, { write: (line: string) => logged.push(JSON.parse(line).msg) });
  const one = new ZoneJournal(zone.origin, { stateDir, net, log }, disk);
  opened.push(one);
  return one;
}

const RIGHTS = new Rights(parseUpdatePolicy('* grant key zonesub ANY', 'policy'), zone.origin, ['key']);

/** One update of `before`, as it is kept: it adds the records of `lines`. */
function entryOf(before: Zone, ...lines: string[]): { entry: JournalEntry; zone: Zone } {
  const updates = lines.map((line) => change.add(record(line)));
  const outcome = applyUpdate(before, { prerequisites: [], updates }, RIGHTS);
  if (outcome.kind !== 'changed') throw new Error(outcome.because);
  const signature = { key: parseName('key.'), timeSigned: 1_795_000_000, fudge: 300, mac: '0123456789abcdef' };
  return { entry: { difference: outcome.difference, at: 1_795_000_000_000, signature }, zone: outcome.zone };
}

/** Keeps so many updates, one by one, and returns the zone after each. */
async function keep(to: ZoneJournal, count: number, first = zone): Promise<Zone[]> {
  const zones = [first];
  for (let turn = 0; turn < count; turn += 1) {
    const before = zones.at(-1)!;
    const serial = before.soa.serial;
    const { entry, zone: next } = entryOf(
      before,
      `h${serial} 60 A 127.53.1.${serial % 250}`,
      `h${serial} 60 TXT "a\\"b"`,
    );
    await to.append([entry], { zone: before, fileEdition });
    zones.push(next);
  }
  return zones;
}

describe('what was kept', () => {
  test('is nothing before the first update', async () => {
    expect(await journal().load()).toBeUndefined();
    expect(existsSync(path())).toBe(false);
  });

  test('is the zone as updates left it, at the next start, with their history and signatures', async () => {
    const zones = await keep(journal(), 3);
    const next = journal();
    const loaded = await next.load();
    expect(linesOf(loaded)).toEqual(linesOf(zones.at(-1)));
    expect(next.signatures).toMatchObject([
      { mac: '0123456789abcdef' },
      { timeSigned: 1_795_000_000 },
      { key: ['key'] },
    ]);
    expect(next.fileEdition).toEqual(fileEdition);
    expect(next.history.since(1)?.map(({ to }) => to)).toEqual([2, 3, 4]);
    expect(next.history.since(3)?.length).toBe(1);
    expect(next.history.since(99)).toBeUndefined();
    const more = await keep(next, 2, loaded!);
    expect(linesOf(await journal().load())).toEqual(linesOf(more.at(-1)));
  });

  test('is there as a whole up to the entry that a crash has torn, wherever it has, and goes on from there', async () => {
    const first = journal();
    const zones = await keep(first, 2);
    const short = statSync(path()).size;
    zones.push(...(await keep(first, 1, zones.at(-1))).slice(1));
    const whole = readFileSync(path());
    for (let length = short; length < whole.length; length += 1) {
      writeFileSync(path(), whole.subarray(0, length));
      const torn = journal();
      expect(linesOf(await torn.load())).toEqual(linesOf(zones[2]));
      expect(statSync(path()).size).toBe(short);
      expect(logged.splice(0)).toEqual(
        length === short ? [] : [expect.stringContaining(`last ${length - short} octets were cut off`)],
      );
    }
    const again = journal();
    await again.load();
    await keep(again, 1, zones[2]);
    expect(linesOf(await journal().load())).toEqual(linesOf(zones[3]));
  });

  test('ends before a last entry that is not as it was written', async () => {
    const zones = await keep(journal(), 3);
    const whole = readFileSync(path());
    for (const at of [whole.length - 2, whole.length - 60, whole.length - 200]) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1;
      writeFileSync(path(), damaged);
      expect(linesOf(await journal().load())).toEqual(linesOf(zones[2]));
    }
  });

  test('is refused, and left as it is, where an entry that is not as it was written has a whole one behind it', async () => {
    await keep(journal(), 1);
    const second = statSync(path()).size;
    const whole = readFileSync(path());
    const again = journal();
    await keep(again, 2, await again.load());
    const damaged = readFileSync(path());
    damaged[second + 100]! ^= 1;
    writeFileSync(path(), damaged);
    const refusal = `example.journal, octet ${second}: an update after serial 2 is damaged, and behind it, at octet `;
    await expect(journal().load()).rejects.toThrow(refusal);
    await expect(journal().load()).rejects.toThrow(`run truncate -s ${second} ${path()}`);
    expect(readFileSync(path())).toEqual(damaged);
    // What the sentence says can be done, and then the update before is there.
    truncateSync(path(), second);
    expect((await journal().load())?.soa.serial).toBe(2);
    expect(readFileSync(path())).toEqual(whole);
    const headless = Buffer.from(whole);
    headless[9]! ^= 1;
    writeFileSync(path(), headless);
    await expect(journal().load()).rejects.toThrow(
      /octet 0: its first line is damaged\. Put a good copy of the file in its place, whose first line is "topdown journal 1 example\. 127\.53 [0-9a-f]{8}"/,
    );
  });

  test('has the addresses of the network that the lab has now', async () => {
    const { entry, zone: after } = entryOf(zone, 'a 60 A 127.53.1.9', 'b 60 A 10.53.1.9');
    await journal().append([entry], { zone, fileEdition });
    const moved = journal({ net: '10.54' });
    const loaded = await moved.load();
    expect(linesOf(loaded)).toEqual(
      linesOf(after)
        .map((line) => line.replace('127.53.', '10.54.'))
        .toSorted(),
    );
    const [, later] = await keep(moved, 1, loaded!);
    expect(linesOf(await journal({ net: '10.54' }).load())).toEqual(linesOf(later));
  });

  test('that cannot be read is told with its file, and never passed over', async () => {
    await keep(journal(), 2);
    const kept = join(stateDir, 'journal', 'example.zone');
    const text = readFileSync(kept, 'utf8');
    writeFileSync(kept, text.replace(' 1 3600', ' 7 3600'));
    await expect(journal().load()).rejects.toThrow('the journal does not lead on from serial 7');
    writeFileSync(kept, 'www.example. 60 IN A 1.2.3.4\n');
    await expect(journal().load()).rejects.toThrow(/example\.zone does not begin as a kept zone does/);
  });
});

describe('a journal that grows', () => {
  test('is shortened: the zone is kept anew, what secondaries may ask for stays, and nothing is lost', async () => {
    const one = journal();
    let now = zone;
    let longest = 0;
    const big = `"${'x'.repeat(250)}" `.repeat(8);
    for (let turn = 0; turn < 60; turn += 1) {
      const entries = [];
      const before = now;
      for (let each = 0; each < 10; each += 1) {
        const { entry, zone: next } = entryOf(now, `h${turn}-${each} 60 TXT ${big}`);
        entries.push(entry);
        now = next;
      }
      await one.append(entries, { zone: before, fileEdition });
      longest = Math.max(longest, statSync(path()).size);
      if (one.isLong) {
        await one.keep(now);
        await one.forget();
        expect(statSync(path()).size).toBeLessThanOrEqual(JOURNAL_OCTETS_MAX / 2 + 200);
      }
    }
    expect(longest).toBeLessThan(JOURNAL_OCTETS_MAX * 1.2);
    const next = journal();
    expect(linesOf(await next.load())).toEqual(linesOf(now));
    expect(next.history.since(now.soa.serial - 100)?.length).toBe(100);
    expect(JSON.stringify(next.state())).toContain(`"to":${now.soa.serial}`);
  });

  test('may be kept while updates go on: those that came meanwhile stay in it', async () => {
    const one = journal();
    const zones = await keep(one, 3);
    const keeping = one.keep(zones[2]!);
    const more = await keep(one, 2, zones[3]);
    await keeping;
    await one.forget();
    expect(linesOf(await journal().load())).toEqual(linesOf(more.at(-1)));
  });

  test('is forgotten, but not the signatures that are still good: nothing is done twice', async () => {
    const nowS = Math.floor(Date.now() / 1000);
    const one = journal();
    const { entry, zone: after } = entryOf(zone, 'a 60 A 192.0.2.1');
    const signed = (mac: string, timeSigned: number) => ({
      ...entry,
      signature: { ...entry.signature, mac, timeSigned },
    });
    await one.append([signed('aa', nowS - 301), signed('bb', nowS - 200), signed('cc', nowS)], { zone, fileEdition });
    expect(one.signatures.map(({ mac }) => mac)).toEqual(['aa', 'bb', 'cc']);
    await one.keep(after);
    await one.setAside();
    const next = journal();
    expect(await next.load()).toBeUndefined();
    expect(next.signatures).toEqual([
      { key: parseName('key.'), fudge: 300, mac: 'bb', timeSigned: nowS - 200 },
      { key: parseName('key.'), fudge: 300, mac: 'cc', timeSigned: nowS },
    ]);
    writeFileSync(join(stateDir, 'journal', 'example.signatures'), 'nonsense\n');
    await expect(journal().load()).rejects.toThrow(/example\.signatures:1 is no signature: remove the file/);
  });

  test('that is set aside is there for a person, and the file is the zone again', async () => {
    const one = journal();
    await keep(one, 2);
    const aside = await one.setAside();
    expect(readFileSync(aside, 'latin1')).toContain('+h1.example. 60 IN A 127.53.1.1');
    expect([one.fileEdition, await journal().load(), one.history.since(1)]).toEqual([null, undefined, undefined]);
    const zones = await keep(one, 1);
    expect(linesOf(await journal().load())).toEqual(linesOf(zones[1]));
  });
});

describe('a disk that is full', () => {
  /** A disk that takes so many octets, and then a part of a write before it refuses. */
  function diskOf(room: { octets: number }): JournalDisk {
    const full = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    return {
      open: async (file, flags) => {
        const handle = await open(file, flags);
        const write = async (octets: Uint8Array, offset: number, length: number, position: number) => {
          if (room.octets <= 0) throw full();
          const taken = Math.min(room.octets, length);
          room.octets -= taken;
          return handle.write(octets, offset, taken, position);
        };
        return {
          write: write as FileHandle['write'],
          datasync: () => handle.datasync(),
          sync: () => handle.sync(),
          truncate: (length) => handle.truncate(length),
          close: () => handle.close(),
        };
      },
    };
  }

  test('leaves all as it was, says so, and is used again when it has room', async () => {
    for (const octets of [0, 1, 40, 200]) {
      rmSync(join(stateDir, 'journal'), { recursive: true, force: true });
      const room = { octets: Number.POSITIVE_INFINITY };
      const one = journal({ disk: diskOf(room) });
      const zones = await keep(one, 1);
      const size = statSync(path()).size;
      room.octets = octets;
      await expect(keep(one, 1, zones[1])).rejects.toThrow('ENOSPC');
      expect(one.trouble).toMatch(/^updates of example\. are not taken: ENOSPC/);
      expect(statSync(path()).size).toBe(size);
      expect(linesOf(await journal().load())).toEqual(linesOf(zones[1]));
      room.octets = Number.POSITIVE_INFINITY;
      const later = await keep(one, 1, zones[1]);
      expect(one.trouble).toBeNull();
      expect(linesOf(await journal().load())).toEqual(linesOf(later[1]));
    }
  });
});
