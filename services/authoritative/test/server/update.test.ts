import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { decodeMessage } from '#shared/dns/decode-message.ts';
import { queryFor } from '#shared/dns/message.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { formatRcode, RCODE, TYPE } from '#shared/dns/registry.ts';
import { splitTsig, TSIG_ERROR } from '#shared/dns/tsig-record.ts';
import { change, prerequisite } from '#shared/dns/update.ts';
import { askUdp } from '#shared/host/dns/ask.ts';
import { ask } from '#shared/host/dns/test/dns-client.ts';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, TEST_NET, type TestHost } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';
import { KEY, rawClient, sendUpdate, signedOctets, transferOf, writeHost } from '../kit/updating.ts';
import { record } from '../records.ts';

const hosts: TestHost[] = [];
const running: Running[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
  await Promise.all(hosts.splice(0).map((host) => host.remove()));
});

/** The zone "example" with a second server; addresses as files have them. */
const TEXT = `$TTL 3600
@ SOA ns hostmaster 1 3600 900 604800 300
@ NS ns
@ NS ns2
ns A 10.53.76.1
ns2 A 10.53.76.2
www A 10.53.10.1
`;

function host(name: string, suffix: string): TestHost {
  const one = createTestHost({ name, suffix });
  hosts.push(one);
  return one;
}

async function start(on: TestHost): Promise<Running> {
  const one = await startOn(program, on);
  running.push(one);
  return one;
}

async function stop(one: Running): Promise<void> {
  running.splice(running.indexOf(one), 1);
  await one.stop();
}

async function startPrimary(policy?: string) {
  const primary = host('primary', '76.1');
  writeHost(primary, { example: TEXT, other: TEXT }, policy);
  return { primary, first: await start(primary) };
}

async function startPair(secondaryLine = 'example 10.53.76.1') {
  const { primary, first } = await startPrimary();
  const secondary = host('secondary', '76.2');
  writeHost(secondary, {});
  writeFileSync(join(secondary.dir, 'secondary'), `${secondaryLine}\n`);
  const second = await start(secondary);
  await expect.poll(() => second.health?.(), { interval: 5 }).toBeNull();
  return { primary, secondary, first, second };
}

const add = (line: string) => change.add(record(line));
const soaOf = (serial: number) => record(`@ 3600 SOA ns hostmaster ${serial} 3600 900 604800 300`);
const addressAt = async (of: TestHost, name: string) =>
  (await ask(of.endpoint(53), `${name} A`)).answer.map(formatRecord);
const serialAt = async (of: TestHost, zone: string) => {
  const { answer } = await ask(of.endpoint(53), `${zone} SOA`);
  return answer[0]?.rdata.kind === 'SOA' ? answer[0].rdata.serial : null;
};
const journalOf = (of: TestHost) => readFileSync(join(of.stateDir, 'journal', 'example.journal'), 'latin1');
const edit = (of: TestHost, text: string) => writeFileSync(join(of.dir, 'zones', 'example.zone'), text);

describe('a signed update', () => {
  test.each(['udp', 'tcp'] as const)(
    'behaviour 41: over %s adds NS and A; then there is a referral with glue, and the serial rose',
    async (transport) => {
      const { primary } = await startPrimary();
      const changes = [add('sub 3600 NS ns.sub'), add(`ns.sub 3600 A ${TEST_NET}.9.9`)];
      expect(await sendUpdate(primary, 'example.', changes, { transport })).toMatchObject({
        rcode: RCODE.NOERROR,
        qr: true,
      });
      const referral = await ask(primary.endpoint(53), 'www.sub.example A');
      expect(referral).toMatchObject({ aa: false, answer: [], authority: [{ type: TYPE.NS }] });
      expect(referral.additional.map(formatRecord)).toEqual([`ns.sub.example. 3600 IN A ${TEST_NET}.9.9`]);
      expect(await serialAt(primary, 'example')).toBe(2);
    },
  );

  test.each<[string, Parameters<typeof sendUpdate>[1], object, number]>([
    [
      'YXDOMAIN',
      'example.',
      { prerequisites: [prerequisite.nameIsNotInUse(parseName('www.example.'))] },
      RCODE.YXDOMAIN,
    ],
    ['NXDOMAIN', 'example.', { prerequisites: [prerequisite.nameIsInUse(parseName('new.example.'))] }, RCODE.NXDOMAIN],
    [
      'YXRRSET',
      'example.',
      { prerequisites: [prerequisite.rrsetDoesNotExist(parseName('www.example.'), TYPE.A)] },
      RCODE.YXRRSET,
    ],
    [
      'NXRRSET',
      'example.',
      { prerequisites: [prerequisite.rrsetExists(parseName('www.example.'), TYPE.MX)] },
      RCODE.NXRRSET,
    ],
    ['NOTZONE', 'other.', {}, RCODE.NOTZONE],
    ['NOTAUTH', 'elsewhere.', {}, RCODE.NOTAUTH],
  ])('behaviour 42: is answered %s, signed, and changes nothing', async (_name, zone, given, rcode) => {
    const { primary, first } = await startPrimary();
    const answer = await sendUpdate(primary, zone, [add('new 60 A 192.0.2.1')], given);
    expect([formatRcode(answer.rcode), answer.additional.map(({ type }) => type)]).toEqual([
      formatRcode(rcode),
      [TYPE.TSIG],
    ]);
    expect(await addressAt(primary, 'new.example')).toEqual([]);
    expect(await first.state()).toMatchObject({ journals: [], zones: [{ serial: 1 }, { serial: 1 }] });
  });

  test('behaviour 42: a server that copies the zone answers NOTAUTH, and its reason names the primary', async () => {
    const { secondary } = await startPair();
    expect(await sendUpdate(secondary, 'example.', [add('new 60 A 192.0.2.1')])).toMatchObject({
      rcode: RCODE.NOTAUTH,
    });
    const because = 'refused: this server copies example.: its primary';
    await expect
      .poll(() => secondary.reported.some((one) => one.because?.startsWith(because)), { interval: 5 })
      .toBe(true);
  });

  test('behaviour 42: of a zone section that is none is a FORMERR', async () => {
    const { primary } = await startPrimary();
    const client = await rawClient(primary);
    const octets = signedOctets('example.', []).slice(0, 25);
    const unsigned = Uint8Array.from([...octets.slice(0, 10), 0, 0, ...octets.slice(12, 21), 0, 1, 0, 1]);
    expect(decodeMessage(await client.send(unsigned)).rcode).toBe(RCODE.FORMERR);
    client.close();
  });

  test('is shown in the reports with its reason, and counted', async () => {
    const { primary, first } = await startPrimary();
    await sendUpdate(primary, 'example.', [add('new 60 A 192.0.2.1')]);
    await sendUpdate(primary, 'example.', [], { prerequisites: [prerequisite.nameIsInUse(parseName('x.example.'))] });
    await expect.poll(() => primary.reported.length, { interval: 5 }).toBe(4);
    expect(primary.reported.map(({ summary }) => summary)).toContain('UPDATE example SOA');
    const reasons = primary.reported.map(({ because }) => because ?? '');
    expect(reasons).toContain('update: 0 records of example. deleted, 1 added: the serial rises from 1 to 2');
    expect(reasons).toContain('update-refused: x.example. is required to be in use, and owns nothing');
    expect(await first.state()).toMatchObject({ outcomes: { update: 1, 'update-refused': 1 } });
  });

  test('DNS-21 changes the serial of its own zone, and of no other', async () => {
    const { primary } = await startPrimary();
    await sendUpdate(primary, 'example.', [add('new 60 A 192.0.2.1')]);
    expect([await serialAt(primary, 'example'), await serialAt(primary, 'other')]).toEqual([2, 1]);
  });
});

describe('an update that nobody may be believed to have signed', () => {
  test('behaviour 43: without a signature is REFUSED', async () => {
    const { primary } = await startPrimary();
    const answer = await sendUpdate(primary, 'example.', [add('new 60 A 192.0.2.1')], { key: undefined });
    expect(answer).toMatchObject({ rcode: RCODE.REFUSED, additional: [] });
    expect(await addressAt(primary, 'new.example')).toEqual([]);
  });

  test('behaviour 43: by a wrong secret is NOTAUTH with BADSIG, by an unknown key with BADKEY', async () => {
    const { primary, first } = await startPrimary();
    const by = (key: typeof KEY) => sendUpdate(primary, 'example.', [add('new 60 A 192.0.2.1')], { key });
    await expect(by({ ...KEY, secret: Uint8Array.of(1) })).rejects.toThrow('the server answers BADSIG');
    await expect(by({ ...KEY, name: ['nobody'] })).rejects.toThrow('the server answers BADKEY');
    expect(await first.state()).toMatchObject({ outcomes: { 'bad-signature': 2 }, journals: [] });
  });

  test('behaviour 43: by a key that has no right is REFUSED, signed', async () => {
    const { primary } = await startPrimary('other grant owner. zonesub ANY\n');
    const answer = await sendUpdate(primary, 'example.', [add('new 60 A 192.0.2.1')]);
    expect(answer).toMatchObject({ rcode: RCODE.REFUSED, additional: [{ type: TYPE.TSIG }] });
  });

  test('attack 16: recorded and sent again later is NOTAUTH with BADTIME, and the journal is as it was', async () => {
    const { primary } = await startPrimary();
    await sendUpdate(primary, 'example.', [add('new 60 A 192.0.2.1')]);
    const journal = journalOf(primary);
    const client = await rawClient(primary);
    const answer = await client.send(signedOctets('example.', [change.deleteName(parseName('www.example.'))], 301));
    expect(decodeMessage(answer).rcode).toBe(RCODE.NOTAUTH);
    expect(splitTsig(answer)!.tsig).toMatchObject({
      error: TSIG_ERROR.BADTIME,
      otherData: expect.objectContaining({ length: 6 }),
    });
    expect(journalOf(primary)).toBe(journal);
    client.close();
  });

  test('attack 16: recorded and sent again at once is BADTIME from elsewhere; its own client gets the first answer again', async () => {
    const { primary, first } = await startPrimary();
    const [client, attacker] = [await rawClient(primary), await rawClient(primary)];
    const octets = signedOctets('example.', [add('new 60 A 192.0.2.1')]);
    expect(decodeMessage(await client.send(octets)).rcode).toBe(RCODE.NOERROR);
    await sendUpdate(primary, 'example.', [change.deleteName(parseName('new.example.'))]);
    const journal = journalOf(primary);
    expect(decodeMessage(await client.send(octets)).rcode).toBe(RCODE.NOERROR);
    expect(splitTsig(await attacker.send(octets))!.tsig.error).toBe(TSIG_ERROR.BADTIME);
    expect(journalOf(primary)).toBe(journal);
    expect(await addressAt(primary, 'new.example')).toEqual([]);
    // A restart does not make it new.
    await stop(first);
    await start(primary);
    expect(splitTsig(await attacker.send(octets))!.tsig.error).toBe(TSIG_ERROR.BADTIME);
    expect(splitTsig(await client.send(octets))!.tsig.error).toBe(TSIG_ERROR.BADTIME);
    expect(journalOf(primary)).toBe(journal);
    client.close();
    attacker.close();
  });
});

describe('what was acknowledged', () => {
  test('is there after a restart, with its serial, and can be seen in the state', async () => {
    const { primary, first } = await startPrimary();
    for (let turn = 0; turn < 7; turn += 1)
      await sendUpdate(primary, 'example.', [add(`n${turn} 60 A 192.0.2.${turn}`)]);
    await stop(first);
    const again = await start(primary);
    expect(await addressAt(primary, 'n6.example')).toEqual(['n6.example. 60 IN A 192.0.2.6']);
    expect(await serialAt(primary, 'example')).toBe(8);
    const state = (await again.state()) as { journals: { updates: number; lastChanges: object[] }[] };
    expect(state.journals).toMatchObject([{ zone: 'example.', updates: 7 }]);
    expect(state.journals[0]!.lastChanges).toHaveLength(5);
    expect(state.journals[0]!.lastChanges[0]).toMatchObject({
      ...{ key: 'owner.', from: 7, to: 8 },
      added: [expect.stringContaining(' 8 3600'), 'n6.example. 60 IN A 192.0.2.6'],
    });
  });

  test('is each of many that come at once', async () => {
    const { primary } = await startPrimary();
    const all = Array.from({ length: 120 }, (_, turn) => turn);
    const answers = await Promise.all(
      all.map((turn) =>
        sendUpdate(primary, 'example.', [add(`n${turn} 60 A 192.0.2.1`)], {
          transport: turn % 4 === 0 ? 'tcp' : 'udp',
        }),
      ),
    );
    expect(answers.map(({ rcode }) => rcode)).toEqual(all.map(() => RCODE.NOERROR));
    expect(await serialAt(primary, 'example')).toBe(121);
  });

  test('is written by the action "sync" as a zone file, with the addresses of the plan', async () => {
    const { primary, first } = await startPrimary();
    await sendUpdate(primary, 'example.', [add(`new 60 A ${TEST_NET}.10.7`)]);
    const written = (await first.actions!.sync!.run({ zone: 'example' })) as { file: string; text: string };
    expect(written).toMatchObject({ zone: 'example.', serial: 2 });
    expect(readFileSync(written.file, 'utf8')).toBe(written.text);
    expect(written.text).toContain('new.example. 60 IN A 10.53.10.7\n');
    await expect((async () => first.actions!.sync!.run({ zone: 'nowhere' }))()).rejects.toThrow(
      'nowhere. is no zone of this server',
    );
  });
});

describe('a zone file that a person edits', () => {
  test('while updates are in the journal is not read if its serial is not above theirs, and health says what to do', async () => {
    const { primary, first } = await startPrimary();
    await sendUpdate(primary, 'example.', [add('new 60 A 192.0.2.1')]);
    edit(primary, TEXT.replace('hostmaster 1 ', 'hostmaster 2 ').replace('10.1', '10.9'));
    await expect
      .poll(() => first.health?.())
      .toMatch(
        /updates have led to serial 2 and the file has 2: the file is not read\. Raise its serial above 2 .*"sync"/,
      );
    expect(await addressAt(primary, 'new.example')).not.toEqual([]);
    expect(await addressAt(primary, 'www.example')).toEqual([`www.example. 3600 IN A ${TEST_NET}.10.1`]);
    // The trouble stays until a person has mended it, updates or not; after a start log and state tell it.
    await sendUpdate(primary, 'example.', [add('more 60 A 192.0.2.1')]);
    expect(first.health?.()).toMatch(/the file is not read/);
    await stop(first);
    const again = await start(primary);
    expect(again.health?.()).toBeNull();
    const verdict = expect.stringMatching(/updates have led to serial 3 and the file has 2: the file is not read/);
    expect(await again.state()).toMatchObject({ journals: [{ zone: 'example.', verdict }] });
    expect(await addressAt(primary, 'more.example')).not.toEqual([]);
    await again.reload!();
    expect(again.health?.()).toMatch(/updates have led to serial 3/);
    edit(primary, TEXT);
    await expect.poll(() => again.health?.()).toBeNull();
  });

  test('with a serial above theirs is the zone, and the updates are set aside; what "sync" wrote keeps them', async () => {
    const { primary, first } = await startPrimary();
    await sendUpdate(primary, 'example.', [add('new 60 A 192.0.2.1')]);
    const { text } = (await first.actions!.sync!.run({ zone: 'example' })) as { text: string };
    edit(primary, text.replace('hostmaster.example. 2 ', 'hostmaster.example. 3 '));
    await first.reload!();
    expect(first.health?.()).toBeNull();
    expect([await serialAt(primary, 'example'), await addressAt(primary, 'new.example')]).toEqual([
      3,
      ['new.example. 60 IN A 192.0.2.1'],
    ]);
    edit(primary, TEXT.replace('hostmaster 1 ', 'hostmaster 4 '));
    const result = (await first.actions!.reload!.run({})) as { zones: { result: string }[] };
    expect(result.zones[0]!.result).toBe('the serial rose from 3 to 4');
    expect(await addressAt(primary, 'new.example')).toEqual([]);
    expect(readFileSync(join(primary.stateDir, 'journal', 'example.journal.aside'), 'latin1')).toContain(
      '+new.example.',
    );
    await sendUpdate(primary, 'example.', [add('newer 60 A 192.0.2.1')]);
    await stop(first);
    await start(primary);
    expect([await serialAt(primary, 'example'), await addressAt(primary, 'newer.example')]).toEqual([
      5,
      ['newer.example. 60 IN A 192.0.2.1'],
    ]);
  });

  test('with a fault, or removed and put back, loses no update', async () => {
    const { primary, first } = await startPrimary();
    await sendUpdate(primary, 'example.', [add('new 60 A 192.0.2.1')]);
    edit(primary, 'nonsense');
    await first.reload!();
    expect(first.health?.()).toMatch(/the old zone is still served/);
    expect(await sendUpdate(primary, 'example.', [add('more 60 A 192.0.2.1')])).toMatchObject({ rcode: RCODE.NOERROR });
    edit(primary, TEXT);
    await first.reload!();
    expect([first.health?.(), await serialAt(primary, 'example')]).toEqual([null, 3]);
  });
});

describe('an update on its way to the secondaries', () => {
  test('DNS-65 is answered by the secondary, which takes the change alone, also when the primary has gone', async () => {
    const { primary, secondary, first, second } = await startPair();
    await sendUpdate(primary, 'example.', [add(`new 60 A ${TEST_NET}.10.7`)]);
    await expect.poll(() => serialAt(secondary, 'example'), { interval: 5 }).toBe(2);
    await expect
      .poll(() => secondary.reported.map(({ summary }) => summary), { interval: 5 })
      .toContain('example IXFR: 5 records');
    await stop(first);
    expect(await ask(secondary.endpoint(53), 'new.example A')).toMatchObject({ aa: true, answer: [{ ttl: 60 }] });
    await stop(second);
    await start(secondary);
    expect(await addressAt(secondary, 'new.example')).toEqual([`new.example. 60 IN A ${TEST_NET}.10.7`]);
  });

  test('goes signed where the secondary has a key for it, and by steps that the secondary can tell others', async () => {
    const { primary, secondary } = await startPair('example 10.53.76.1 key owner.');
    for (let serial = 2; serial <= 4; serial += 1) {
      await sendUpdate(primary, 'example.', [add(`n${serial} 60 A 192.0.2.1`)]);
      await expect.poll(() => serialAt(secondary, 'example'), { interval: 5 }).toBe(serial);
    }
    const steps = await transferOf(secondary, 'example IXFR', { soa: soaOf(3), key: KEY });
    expect(steps.map(formatRecord).map((line) => line.split(' ').slice(0, 7).join(' '))).toEqual([
      ...[
        'example. 3600 IN SOA ns.example. hostmaster.example. 4',
        'example. 3600 IN SOA ns.example. hostmaster.example. 3',
      ],
      ...['example. 3600 IN SOA ns.example. hostmaster.example. 4', 'n4.example. 60 IN A 192.0.2.1'],
      'example. 3600 IN SOA ns.example. hostmaster.example. 4',
    ]);
  });

  test('comes whole where the primary has forgotten the changes', async () => {
    const { primary, secondary, first } = await startPair();
    edit(primary, `${TEXT.replace('hostmaster 1 ', 'hostmaster 2 ')}new A 192.0.2.1\n`);
    await first.reload!();
    await expect.poll(() => serialAt(secondary, 'example'), { interval: 5 }).toBe(2);
    expect(await addressAt(secondary, 'new.example')).not.toEqual([]);
  });

  test('is told once for many that come together', async () => {
    const { primary, secondary } = await startPair();
    const begun = performance.now();
    for (let turn = 0; turn < 40; turn += 1) await sendUpdate(primary, 'example.', [add(`n${turn} 60 A 192.0.2.1`)]);
    await expect.poll(() => serialAt(secondary, 'example'), { interval: 5 }).toBe(41);
    await sleep(50);
    const told = secondary.reported.filter(({ summary }) => summary === 'NOTIFY example SOA');
    expect(told.length).toBeGreaterThan(0);
    // One in each tenth of a second, however long they take.
    expect(told.length).toBeLessThanOrEqual(2 + (performance.now() - begun) / 100);
  });
});

describe('behaviour 45: IXFR', () => {
  const types = (records: readonly { type: number }[]) => records.map(({ type }) => type);

  async function changedPrimary() {
    const started = await startPrimary('* grant owner. zonesub ANY\n* grant owner. transfer\n');
    await sendUpdate(started.primary, 'example.', [add('a 60 A 192.0.2.1'), add('a 60 A 192.0.2.2')]);
    await sendUpdate(started.primary, 'example.', [change.deleteRecord(record('a 0 A 192.0.2.1'))]);
    return started;
  }

  test('from the current serial, or one that is newer, is one SOA record', async () => {
    const { primary } = await changedPrimary();
    for (const serial of [3, 4]) {
      expect((await transferOf(primary, 'example IXFR', { soa: soaOf(serial) })).map(formatRecord)).toEqual([
        'example. 3600 IN SOA ns.example. hostmaster.example. 3 3600 900 604800 300',
      ]);
    }
  });

  test('from a serial that is known is the sequence of differences (RFC 1995, section 4)', async () => {
    const { primary } = await changedPrimary();
    const records = await transferOf(primary, 'example IXFR', { soa: soaOf(2) });
    expect(records.map(formatRecord).map((line) => line.replace('ns.example. hostmaster.example. ', ''))).toEqual([
      'example. 3600 IN SOA 3 3600 900 604800 300',
      'example. 3600 IN SOA 2 3600 900 604800 300',
      'a.example. 60 IN A 192.0.2.1',
      'example. 3600 IN SOA 3 3600 900 604800 300',
      'example. 3600 IN SOA 3 3600 900 604800 300',
    ]);
  });

  test('from a serial that is not known is the whole zone, as AXFR gives it', async () => {
    const { primary } = await changedPrimary();
    const whole = await transferOf(primary, 'example AXFR');
    expect(await transferOf(primary, 'example IXFR', { soa: soaOf(0) })).toEqual(whole);
    expect(types(whole.slice(0, 1).concat(whole.slice(-1)))).toEqual([TYPE.SOA, TYPE.SOA]);
  });

  test('over UDP comes if it fits, and otherwise one SOA record sends the asker to TCP', async () => {
    const { primary } = await changedPrimary();
    const overUdp = async (serial: number) => {
      const question = { qname: parseName('example.'), qtype: TYPE.IXFR, qclass: 1 };
      const query = { ...queryFor(question, { id: serial, rd: false, edns: null }), authority: [soaOf(serial)] };
      const to = { to: primary.endpoint(53), from: primary.address };
      return (await askUdp({ ...to, query, timeoutMs: 30_000, signal: new AbortController().signal, key: KEY })).message
        .answer;
    };
    expect(types(await overUdp(2))).toEqual([TYPE.SOA, TYPE.SOA, TYPE.A, TYPE.SOA, TYPE.SOA]);
    const long = Array.from({ length: 6 }, (_, n) => add(`long 60 TXT ${n}${'x'.repeat(60)}`));
    await sendUpdate(primary, 'example.', long);
    expect(types(await overUdp(3))).toEqual([TYPE.SOA]);
  });

  test('without the SOA record of what the asker has is a FORMERR', async () => {
    const { primary } = await changedPrimary();
    expect(await ask(primary.endpoint(53), 'example IXFR', { transport: 'tcp' })).toMatchObject({
      rcode: RCODE.FORMERR,
    });
  });

  test('attack 17: zones are refused to strangers, and given, signed, to who has a key for them', async () => {
    const { primary } = await changedPrimary();
    const from = '127.0.0.99';
    for (const question of ['example AXFR', 'example IXFR']) {
      await expect(transferOf(primary, question, { from, soa: soaOf(2) })).rejects.toThrow(`RCODE ${RCODE.REFUSED}`);
    }
    expect((await transferOf(primary, 'example AXFR', { from, key: KEY })).length).toBe(8);
    expect((await transferOf(primary, 'example IXFR', { from, key: KEY, soa: soaOf(2) })).length).toBe(5);
  });
});

describe('keys and policy', () => {
  const started = (files: Readonly<Record<string, string>>) => {
    const one = host('primary', '76.1');
    writeHost(one, { example: TEXT });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(one.dir, name), text);
    return start(one);
  };

  test.each<[Record<string, string>, RegExp]>([
    [{ 'update-policy': 'example grant nobody. zonesub ANY' }, /update-policy: there is no key nobody\. in .*keys/],
    [{ 'update-policy': 'example grant owner. zonesub' }, /update-policy:1: the types are missing/],
    [{ 'keys/bad.key': 'key x {' }, /bad\.key:1: the file ends where/],
    [{ 'keys/second.key': 'key owner { algorithm hmac-sha1; secret AAAA; };' }, /there is a second key owner\./],
    [{ secondary: 'foo.com 10.53.76.3 key nobody.' }, /foo\.com\. needs the key nobody\./],
  ])('%j stop the start with a sentence', async (files, message) => {
    await expect(started(files)).rejects.toThrow(message);
  });
});
