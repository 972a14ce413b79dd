import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decodeMessage } from '#shared/dns/decode-message.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { RCODE } from '#shared/dns/registry.ts';
import { splitTsig, TSIG_ERROR } from '#shared/dns/tsig-record.ts';
import { change } from '#shared/dns/update.ts';
import { ask } from '#shared/host/dns/test/dns-client.ts';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';
import { rawClient, sendUpdate, signedOctets, writeHost } from '../kit/updating.ts';
import { record } from '../records.ts';
import { APEX } from '../zones.ts';

/** What a server that was stopped makes of its zone file, its journal and its memory of signatures. */

const TEXT = `${APEX}$INCLUDE more/hosts\n`;
const HOSTS = 'www A 192.0.2.1\n';
/** So long that a few of them make a journal that is shortened. */
const LONG = `"${'x'.repeat(250)}" `.repeat(230);

let host: TestHost;
let running: Running;

beforeEach(async () => {
  host = createTestHost({ name: 'restart', suffix: '76.31' });
  writeHost(host, { example: TEXT });
  mkdirSync(join(host.dir, 'zones/more'));
  writeFileSync(includedPath(), HOSTS);
  running = await startOn(program, host);
});
afterEach(async () => {
  await running.stop();
  await host.remove();
});

const includedPath = () => join(host.dir, 'zones/more/hosts');
const zonePath = () => join(host.dir, 'zones/example.zone');
const keptPath = (extension: string) => join(host.stateDir, `journal/example.${extension}`);
const add = (line: string) => change.add(record(line));
const addressOf = async (name: string) => (await ask(host.endpoint(53), `${name} A`)).answer.map(formatRecord);

async function restart(meanwhile: () => void = () => {}): Promise<void> {
  await running.stop();
  meanwhile();
  running = await startOn(program, host);
}

async function verdict(): Promise<string | null | undefined> {
  const { journals } = (await running.state()) as { journals: { verdict: string | null }[] };
  return journals[0]?.verdict;
}

/** Adds and deletes so much that the journal is shortened. */
async function shorten(): Promise<void> {
  let longest = 0;
  for (let turn = 0; statSync(keptPath('journal')).size >= longest; turn += 1) {
    longest = statSync(keptPath('journal')).size;
    const changes = [change.deleteName(parseName('long.example.')), add(`long 60 TXT "${turn}" ${LONG}`)];
    expect(await sendUpdate(host, 'example.', changes, { transport: 'tcp' })).toMatchObject({ rcode: RCODE.NOERROR });
  }
}

test('a zone file that is as it was when the updates began is not read at a start', async () => {
  await sendUpdate(host, 'example.', [add('new 60 A 192.0.2.2')]);
  // Were the file read, it would be found to be another one than this.
  const kept = readFileSync(keptPath('zone'), 'utf8');
  expect(kept).toMatch(/^; read from example\.zone with SHA-256 [0-9a-f]{64}\n; read from more%2Fhosts with SHA-256 /m);
  await restart(() => writeFileSync(keptPath('zone'), kept.replace(/digest \S+/, 'digest 0123456789abcdef')));
  expect(await verdict()).toBe('the file is unchanged, and updates have led to serial 2');
  expect([await addressOf('www.example'), await addressOf('new.example')]).toEqual([
    ['www.example. 3600 IN A 192.0.2.1'],
    ['new.example. 60 IN A 192.0.2.2'],
  ]);
});

test.each<[string, () => void]>([
  ['of which one octet is another', () => writeFileSync(zonePath(), TEXT.replace('604800', '604801'))],
  ['that includes a file of which one octet is another', () => writeFileSync(includedPath(), 'www A 192.0.2.9\n')],
])('a zone file %s is noticed at a start, though its length and time are the same', async (_what, edit) => {
  await sendUpdate(host, 'example.', [add('new 60 A 192.0.2.2')]);
  await restart(() => {
    const before = [zonePath(), includedPath()].map((path) => ({ path, stat: statSync(path) }));
    edit();
    for (const { path, stat } of before) {
      utimesSync(path, stat.atime, stat.mtime);
      const { size, mtime } = statSync(path);
      expect({ size, mtime }).toEqual({ size: stat.size, mtime: stat.mtime });
    }
  });
  expect(await verdict()).toMatch(/^the file was edited, but updates have led to serial 2 and the file has 1/);
  expect(await addressOf('www.example')).toEqual(['www.example. 3600 IN A 192.0.2.1']);
});

test('a zone file with another comment says the same; that is noted when the zone is kept anew', async () => {
  await sendUpdate(host, 'example.', [add('new 60 A 192.0.2.2')]);
  await restart(() => writeFileSync(zonePath(), `; a comment\n${TEXT}`));
  expect(await verdict()).toBe('the file is unchanged, and updates have led to serial 2');
  const before = readFileSync(keptPath('zone'), 'utf8').split('\n', 2);
  await shorten();
  const after = readFileSync(keptPath('zone'), 'utf8').split('\n', 2);
  expect([after[0], after[1] === before[1]]).toEqual([before[0], false]);
});

test('a zone file whose serial was raised while the server was away is the zone', async () => {
  await sendUpdate(host, 'example.', [add('new 60 A 192.0.2.2')]);
  await restart(() => writeFileSync(zonePath(), TEXT.replace('hostmaster 1 ', 'hostmaster 9 ')));
  expect(await verdict()).toBeUndefined();
  expect([await addressOf('new.example'), readdirSync(join(host.stateDir, 'journal'))]).toEqual([
    [],
    ['example.journal.aside', 'example.signatures'],
  ]);
});

test.each(['the journal is shortened', 'the file becomes the zone'])(
  'attack 16: an update recorded before %s and the server restarted is BADTIME, and nothing changes',
  async (what) => {
    const [client, attacker] = [await rawClient(host), await rawClient(host)];
    const recorded = signedOctets('example.', [add('once 60 A 192.0.2.3')]);
    expect(decodeMessage(await client.send(recorded)).rcode).toBe(RCODE.NOERROR);
    await sendUpdate(host, 'example.', [change.deleteName(parseName('once.example.'))]);
    if (what === 'the journal is shortened') await shorten();
    await restart(() => {
      if (what !== 'the journal is shortened')
        writeFileSync(zonePath(), TEXT.replace('hostmaster 1 ', 'hostmaster 99 '));
    });
    // The start has set the journal aside; after the next one nothing but the notes could tell.
    await restart();
    expect(statSync(keptPath('signatures')).size).toBeGreaterThan(0);
    const answer = await attacker.send(recorded);
    expect([decodeMessage(answer).rcode, splitTsig(answer)!.tsig.error]).toEqual([RCODE.NOTAUTH, TSIG_ERROR.BADTIME]);
    expect(await addressOf('once.example')).toEqual([]);
    client.close();
    attacker.close();
  },
);

test('a journal that is damaged in its middle stops the start with a sentence that says where, and what to do', async () => {
  for (const at of [1, 2, 3]) await sendUpdate(host, 'example.', [add(`n${at} 60 A 192.0.2.${at}`)]);
  await running.stop();
  const journal = readFileSync(keptPath('journal'), 'latin1');
  const second = journal.indexOf('update 2 3');
  writeFileSync(keptPath('journal'), journal.replace('+n2.', '+m2.'), 'latin1');
  const sentence = `The updates of example. cannot be read: ${keptPath('journal')}, octet ${second}: an update after serial 2 is damaged, and behind it, at octet ${journal.indexOf('update 3 4')}, is a whole one. Put a good copy of the file in its place; or do without that update and all behind it: keep a copy, and run truncate -s ${second} ${keptPath('journal')}. To do without all of them, move the folder journal of ${host.stateDir} away`;
  await expect(startOn(program, host)).rejects.toThrow(sentence);
  writeFileSync(keptPath('journal'), journal, 'latin1');
  running = await startOn(program, host);
  expect(await addressOf('n3.example')).toEqual(['n3.example. 60 IN A 192.0.2.3']);
});
