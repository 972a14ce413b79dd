import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { parseName } from '#shared/dns/name-text.ts';
import { formatRcode, TYPE } from '#shared/dns/registry.ts';
import { change } from '#shared/dns/update.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { sendUpdate, transferOf, writeHost } from '../kit/updating.ts';
import { record } from '../records.ts';
import { APEX } from '../zones.ts';

/** How often the server is killed; more by hand: `KILLS=200 vitest run --project unit services/authoritative/test/server/kill`. */
const KILLS = Number(process.env.KILLS ?? 20);
/** Updates that are on their way at once. */
const WRITERS = 4;
/** Octets that make each update so long that some sixty of them make a journal that is shortened. */
const PADDING = `"${'x'.repeat(250)}" `.repeat(70);
/** Every so manieth time the server is killed while it keeps the zone anew or shortens the journal, not just at any moment. */
const SHORTENING_EACH = 2;
/** Sixty updates and more are awaited for it, in milliseconds. */
const SHORTENING_MS_MAX = 30_000;

const SCRIPT = join(import.meta.dirname, '../kit/server-process.ts');
const ADDRESS = `${TEST_NET}.76.9`;
const server = { address: ADDRESS, endpoint: (port: number) => ({ address: ADDRESS, port }) };

let child: ChildProcess | undefined;
let folder: string;
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function startServer(): Promise<ChildProcess> {
  const one = spawn(process.execPath, [SCRIPT, ADDRESS, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  child = one;
  await Promise.race([
    once(one.stdout!, 'data'),
    once(one, 'exit').then(() => {
      throw new Error('the server did not start');
    }),
  ]);
  return one;
}

const STATE = () => join(folder, 'state/journal');

/** Resolves some microseconds to a millisecond after the server has begun to replace the kept zone or the journal. */
async function shortening(deadlineMs: number): Promise<void> {
  const begun = new AbortController();
  const watcher = watch(STATE(), (_event, name) => {
    if (name?.endsWith('.new')) begun.abort();
  });
  await sleep(deadlineMs, undefined, { signal: begun.signal }).catch(() => {});
  watcher.close();
  for (let left = randomInt(0, 20_000); left > 0; left -= 1) performance.now();
}

/** What was being written when the server was killed is left beside what it was to replace. */
function wasShortening(sinceMs: number): boolean {
  const left = (existsSync(STATE()) ? readdirSync(STATE()) : []).filter((name) => name.endsWith('.new'));
  return left.some((name) => statSync(join(STATE(), name)).mtimeMs >= sinceMs);
}

type Fate = 'acknowledged' | 'unknown';

/**
 * What is known of each writer's updates, which it sends one after the other: number n of writer w adds the name nWxN, with
 * two records, and deletes the one three before.
 */
const fates: Fate[][] = Array.from({ length: WRITERS }, () => []);
const BEFORE = 3;
const acknowledged = () => fates.flat().filter((fate) => fate === 'acknowledged').length;

async function write(writer: number, isOver: () => boolean): Promise<void> {
  const mine = fates[writer]!;
  while (!isOver()) {
    const n = mine.push('unknown') - 1;
    const updates = [
      change.add(record(`n${writer}x${n} 60 A 192.0.2.${n % 250}`)),
      change.deleteName(parseName(`n${writer}x${n - BEFORE}.example.`)),
      change.add(record(`n${writer}x${n} 60 TXT ${PADDING}`)),
    ];
    // A killed server resets the connection.
    const answer = await sendUpdate(server, 'example.', updates, { transport: 'tcp' }).catch(() => null);
    if (answer === null) return;
    expect(formatRcode(answer.rcode)).toBe('NOERROR');
    mine[n] = 'acknowledged';
  }
}

/** Every acknowledged update is in the zone, and none by half. */
async function examine(): Promise<void> {
  const there = new Map<string, number[]>();
  for (const { owner, type } of await transferOf(server, 'example AXFR')) {
    if (owner[0]?.startsWith('n') && owner[0] !== 'ns') there.set(owner[0], [...(there.get(owner[0]) ?? []), type]);
  }
  for (const [name, types] of there) expect(types.toSorted(), `the records of ${name}`).toEqual([TYPE.A, TYPE.TXT]);
  for (const [writer, mine] of fates.entries()) {
    const isThere = (n: number) => there.has(`n${writer}x${n}`);
    for (const [n, fate] of mine.entries()) {
      const name = `n${writer}x${n}`;
      const later = mine[n + BEFORE];
      // It was done if its name is there, or if a later one could delete that.
      if (fate === 'acknowledged') expect(isThere(n) || later !== undefined, name).toBe(true);
      if (fate === 'acknowledged') expect(isThere(n - BEFORE), `what ${name} deleted`).toBe(false);
      if (isThere(n + BEFORE)) expect(isThere(n), `what n${writer}x${n + BEFORE} deleted`).toBe(false);
      if (later === 'unknown' && fate === 'acknowledged' && !isThere(n)) expect(isThere(n + BEFORE), name).toBe(true);
      // What is settled now stays so.
      if (isThere(n)) mine[n] = 'acknowledged';
    }
  }
}

test(
  `a server killed ${KILLS} times while updates come has each that it acknowledged, and none by half`,
  async () => {
    folder = mkdtempSync(join(tmpdir(), 'topdown-killed-'));
    writeHost({ dir: folder }, { example: APEX });
    let killedInShortening = 0;
    // A busy machine kills later than it was told to: it gets some more tries to hit the moment.
    for (let round = 0; round < KILLS || (killedInShortening === 0 && round < KILLS * 10); round += 1) {
      const begun = Date.now();
      const process_ = await startServer();
      await examine();
      let isOver = false;
      const writers = Array.from({ length: WRITERS }, (_, writer) => write(writer, () => isOver));
      if (round % SHORTENING_EACH > 0 && existsSync(STATE())) await shortening(SHORTENING_MS_MAX);
      else {
        // Not a time alone: a busy machine would have done nothing in it.
        const before = acknowledged();
        while (acknowledged() < before + 2 && Date.now() < begun + SHORTENING_MS_MAX) await sleep(1);
        await sleep(randomInt(0, 110));
      }
      process_.kill('SIGKILL');
      await once(process_, 'exit');
      if (wasShortening(begun)) killedInShortening += 1;
      isOver = true;
      await Promise.all(writers);
    }
    await startServer();
    await examine();
    if (process.env.KILLS !== undefined)
      process.stdout.write(
        `${acknowledged()} of ${fates.flat().length} updates acknowledged, ${killedInShortening} times killed while shortening\n`,
      );
    expect(killedInShortening).toBeGreaterThan(0);
    expect(acknowledged()).toBeGreaterThan(KILLS);
    expect(existsSync(join(folder, 'state/journal/example.journal'))).toBe(true);
  },
  KILLS * 30_000,
);
