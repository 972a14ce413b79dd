import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type Message, queryFor, responseTo } from '#shared/dns/message.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { CLASS, OPCODE, RCODE, TYPE } from '#shared/dns/registry.ts';
import { askUdp } from '#shared/host/dns/ask.ts';
import { type DnsListeners, listenDns } from '#shared/host/dns/listen.ts';
import { ask } from '#shared/host/dns/test/dns-client.ts';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, TEST_NET, type TestHost } from '#shared/host/test-host.ts';
import type { Report } from '#shared/report.ts';
import { program } from '../../src/program.ts';

const hosts: TestHost[] = [];
const running: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
  await Promise.all(hosts.splice(0).map((host) => host.remove()));
});

const PRIMARY = '74.1';
const SECONDARY = '74.2';

/** The zone "example", whose second server is the secondary. */
function zone(serial: number, records: string, second = 'two'): string {
  const apex = `$TTL 3600\n@ SOA one hostmaster ${serial} 3600 900 604800 300\n@ NS one\n@ NS ${second}\n`;
  return `${apex}one A 10.53.${PRIMARY}\ntwo A 10.53.${SECONDARY}\n${records}\n`;
}

function testHost(name: string, suffix: string, names: Readonly<Record<string, readonly string[]>> = {}): TestHost {
  const host = createTestHost({ name, suffix, names });
  hosts.push(host);
  return host;
}

function primaryHost(text: string, names: Readonly<Record<string, readonly string[]>> = {}): TestHost {
  const host = testHost('primary', PRIMARY, names);
  mkdirSync(join(host.dir, 'zones'));
  edit(host, text);
  return host;
}

function edit(host: TestHost, text: string): void {
  writeFileSync(join(host.dir, 'zones/example.zone'), text);
}

async function start(host: TestHost): Promise<Running> {
  const one = await startOn(program, host);
  running.push(one);
  return one;
}

async function startPair() {
  const [primary, secondary] = [primaryHost(zone(1, 'www A 192.0.2.1')), testHost('secondary', SECONDARY)];
  writeFileSync(join(secondary.dir, 'secondary'), `example 10.53.${PRIMARY}\n`);
  const [first, second] = [await start(primary), await start(secondary)];
  await expect.poll(() => second.health?.(), { interval: 5 }).toBeNull();
  return { primary, secondary, first, second };
}

/** A server that is no program of ours and answers NOTIFY as told: null is silence. */
async function startOther(suffix: string, answers: (Partial<Message> | null)[]): Promise<Message[]> {
  const received: Message[] = [];
  const listeners: DnsListeners = await listenDns(testHost('other', suffix), ({ query }) => {
    received.push(query);
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    return { messages: answer === null ? [] : [responseTo(query, answer)] };
  });
  running.push(listeners);
  return received;
}

const addressesAt = async (host: TestHost, name: string) =>
  (await ask(host.endpoint(53), `${name} A`)).answer.map(({ rdata }) => (rdata.kind === 'A' ? rdata.address : ''));

const opcodeOf = ({ message }: Report) => (message as { header: { opcode: string } }).header.opcode;
const reportsOf = (host: TestHost, opcode: string) => host.reported.filter((report) => opcodeOf(report) === opcode);
const transfersOf = (host: TestHost) =>
  host.reported.filter(({ summary }) => /^example [AI]XFR\?$/.test(summary)).length;

describe('a changed zone file', () => {
  test('with a raised serial is served by the secondary within a second', async () => {
    const { primary, secondary, first } = await startPair();
    edit(primary, zone(2, 'www A 192.0.2.2'));
    await expect.poll(() => addressesAt(secondary, 'www.example'), { interval: 5 }).toEqual(['192.0.2.2']);
    await expect
      .poll(() => first.state(), { interval: 5 })
      .toMatchObject({
        zones: [{ serial: 2, trouble: null }],
        notified: [
          { zone: 'example.', serial: 2, server: 'two.example.', transmissions: 1, told: true, outcome: 'it knows' },
        ],
      });
  });

  test('is seen in the reports from the NOTIFY to the transfer, each caused by the one before', async () => {
    const { primary, secondary } = await startPair();
    edit(primary, zone(2, 'www A 192.0.2.2'));
    await expect.poll(() => addressesAt(secondary, 'www.example'), { interval: 5 }).toEqual(['192.0.2.2']);
    // Reports follow what they tell after some milliseconds; the transfer is the last.
    await expect.poll(() => transfersOf(secondary), { interval: 5 }).toBe(2);
    await expect.poll(() => reportsOf(secondary, 'NOTIFY').length, { interval: 5 }).toBe(2);
    await expect.poll(() => reportsOf(primary, 'NOTIFY').length, { interval: 5 }).toBe(2);
    const [sent, answered] = reportsOf(primary, 'NOTIFY');
    expect(sent).toMatchObject({
      ...{ kind: 'dns.query', summary: 'NOTIFY example SOA', because: 'the serial rose from 1 to 2' },
      ...{ from: { address: primary.address }, to: secondary.endpoint(53) },
    });
    expect(answered).toMatchObject({ kind: 'dns.response', summary: 'NOTIFY example SOA: NOERROR' });
    expect(answered?.exchange).toBe(sent?.exchange);
    expect(reportsOf(secondary, 'NOTIFY')[1]).toMatchObject({
      exchange: sent?.exchange,
      because: 'notify: the primary of example. announces a change: it is asked at once for its serial',
    });
    const question = secondary.reported.find(({ because }) => because?.startsWith('the primary sent a NOTIFY'));
    expect(question).toMatchObject({ summary: 'example SOA?', cause: sent?.exchange });
  });

  test('whose serial did not rise is told to nobody, and state, health and log of the primary say so', async () => {
    const { primary, secondary, first } = await startPair();
    edit(primary, zone(1, 'www A 192.0.2.2'));
    const sentence = /the file changed but its serial did not rise: the secondaries keep the old data; raise 1 in/;
    await expect.poll(() => first.health?.(), { interval: 5 }).toMatch(sentence);
    expect(await first.state()).toMatchObject({ zones: [{ trouble: expect.stringMatching(sentence) }], notified: [] });
    expect([await addressesAt(primary, 'www.example'), await addressesAt(secondary, 'www.example')]).toEqual([
      ['192.0.2.2'],
      ['192.0.2.1'],
    ]);
    expect(reportsOf(secondary, 'NOTIFY')).toEqual([]);
    // Reading the file again does not make the mistake go away; raising the serial does.
    await first.actions!.reload!.run({});
    expect(first.health?.()).toMatch(sentence);
    edit(primary, zone(2, 'www A 192.0.2.2'));
    await expect.poll(() => addressesAt(secondary, 'www.example'), { interval: 5 }).toEqual(['192.0.2.2']);
    expect(first.health?.()).toBeNull();
  });

  test('changed back is no mistake any more', async () => {
    const { primary, first } = await startPair();
    edit(primary, zone(1, 'www A 192.0.2.2'));
    await first.actions!.reload!.run({});
    expect(first.health?.()).not.toBeNull();
    edit(primary, zone(1, 'www A 192.0.2.1'));
    expect(await first.actions!.reload!.run({})).toEqual({
      zones: [{ zone: 'example.', result: 'serial 1, unchanged' }],
    });
    expect(first.health?.()).toBeNull();
  });
});

describe('at the start', () => {
  test('nothing is sent when nothing changed, and one NOTIFY when the serial rose while the primary was away', async () => {
    const { primary, secondary, first } = await startPair();
    await first.stop();
    const again = await start(primary);
    await again.stop();
    expect(reportsOf(primary, 'NOTIFY')).toEqual([]);
    edit(primary, zone(2, 'www A 192.0.2.2'));
    await start(primary);
    await expect.poll(() => addressesAt(secondary, 'www.example'), { interval: 5 }).toEqual(['192.0.2.2']);
    await expect.poll(() => reportsOf(primary, 'NOTIFY').length, { interval: 5 }).toBe(2);
    expect(reportsOf(primary, 'NOTIFY')[0]?.because).toBe('the serial rose from 1 to 2 while this server was away');
  });
});

describe('a NOTIFY', () => {
  const messageOf = (serial: number | null): Message => {
    const owner = parseName('example.');
    const question = { qname: owner, qtype: TYPE.SOA, qclass: CLASS.IN };
    const [mname, rname] = [parseName('one.example.'), parseName('hostmaster.example.')];
    const times = { refresh: 3600, retry: 900, expire: 604_800, minimum: 300 };
    const rdata = { kind: 'SOA', mname, rname, serial: serial ?? 0, ...times } as const;
    const answer = serial === null ? [] : [{ owner, type: TYPE.SOA, class: CLASS.IN, ttl: 3600, rdata }];
    return { ...queryFor(question, { id: 1996, rd: false, edns: null }), opcode: OPCODE.NOTIFY, aa: true, answer };
  };
  const send = async (host: TestHost, from: string, query: Message): Promise<Message> => {
    const signal = new AbortController().signal;
    return (await askUdp({ query, to: host.endpoint(53), from, timeoutMs: 30_000, signal })).message;
  };

  test('of a stranger is REFUSED, and nothing follows', async () => {
    const { secondary, second } = await startPair();
    expect(await send(secondary, `${TEST_NET}.74.66`, messageOf(9))).toMatchObject({
      ...{ opcode: OPCODE.NOTIFY, rcode: RCODE.REFUSED, aa: false },
    });
    expect(await second.state()).toMatchObject({ outcomes: { refused: 1 } });
    await expect.poll(() => reportsOf(secondary, 'NOTIFY').length, { interval: 5 }).toBe(2);
    expect(secondary.reported.at(-1)?.because).toBe(
      `refused: ${TEST_NET}.74.66 is not the primary of example., ${TEST_NET}.${PRIMARY} is`,
    );
  });

  test('of the serial that is here costs no question, and of another one a question but no transfer', async () => {
    const { primary, secondary } = await startPair();
    const questions = () => secondary.reported.filter(({ summary }) => summary === 'example SOA?').length;
    await expect.poll(() => transfersOf(secondary), { interval: 5 }).toBe(1);
    expect(await send(secondary, primary.address, messageOf(1))).toMatchObject({ aa: true, rcode: 0, answer: [] });
    await expect
      .poll(() => secondary.reported.at(-1)?.because, { interval: 5 })
      .toMatch(/serial 1, which is here already/);
    expect([questions(), transfersOf(secondary)]).toEqual([0, 1]);
    for (const serial of [7, null]) await send(secondary, primary.address, messageOf(serial));
    await expect
      .poll(() => secondary.reported.filter(({ summary }) => summary === 'example SOA: 1 record').length, {
        interval: 5,
      })
      .toBeGreaterThanOrEqual(1);
    expect(transfersOf(secondary)).toBe(1);
  });

  test('that is lost is sent again, with the same id, until it is answered', async () => {
    const received = await startOther(SECONDARY, [null, {}]);
    const primary = primaryHost(zone(1, ''));
    const first = await start(primary);
    edit(primary, zone(2, ''));
    await first.actions!.reload!.run({});
    await expect.poll(() => received.length, { interval: 5 }).toBe(2);
    await expect
      .poll(() => first.state(), { interval: 5 })
      .toMatchObject({ notified: [{ transmissions: 2, told: true, outcome: 'it knows' }] });
    expect(received[0]).toMatchObject({ opcode: OPCODE.NOTIFY, aa: true, answer: [{ rdata: { serial: 2 } }] });
    expect(received[1]!.id).toBe(received[0]!.id);
    await expect
      .poll(() => reportsOf(primary, 'NOTIFY').map(({ because }) => because), { interval: 5 })
      .toEqual(['the serial rose from 1 to 2', 'transmission 2 of 6, no answer came', undefined]);
  });

  test('ends where nobody listens, or where the server does not know NOTIFY', async () => {
    const received = await startOther('74.3', [{ rcode: RCODE.NOTIMP }]);
    const text = (serial: number) => zone(serial, `@ NS three\nthree A 10.53.74.3`);
    const primary = primaryHost(text(1));
    const first = await start(primary);
    edit(primary, text(2));
    await first.actions!.reload!.run({});
    await expect
      .poll(() => first.state(), { interval: 5 })
      .toMatchObject({
        notified: [
          { server: 'two.example.', transmissions: 1, told: false, outcome: expect.stringMatching(/^no DNS server/) },
          { server: 'three.example.', transmissions: 1, told: false, outcome: 'it answers NOTIMP' },
        ],
      });
    expect(received.length).toBe(1);
  });

  test('of a newer edition overtakes the one on its way, and the program stops in the middle of it', async () => {
    const received = await startOther(SECONDARY, [null]);
    const primary = primaryHost(zone(1, ''));
    const first = await start(primary);
    for (const serial of [2, 3]) {
      edit(primary, zone(serial, ''));
      await first.actions!.reload!.run({});
      await expect.poll(() => received.at(-1)?.answer[0]?.rdata, { interval: 5 }).toMatchObject({ serial });
    }
    expect(await first.state()).toMatchObject({ notified: [{ serial: 3, told: null }] });
    const begun = performance.now();
    await first.stop();
    // To send it for the last time takes 32 s.
    expect(performance.now() - begun).toBeLessThan(10_000);
    // Nobody was told, so the next start tells it.
    await start(primary);
    await expect.poll(() => received.length, { interval: 5 }).toBe(3);
  });

  test('goes to a server with a name elsewhere by its address, and not to the primary by such a name', async () => {
    const received = await startOther('74.4', [{}]);
    const text = (serial: number) => zone(serial, '@ NS ns.self.\n@ NS ns.gone.', 'ns.other.');
    const names = { 'ns.other': [`${TEST_NET}.74.4`], 'ns.self': [`${TEST_NET}.${PRIMARY}`] };
    const primary = primaryHost(text(1), names);
    const first = await start(primary);
    edit(primary, text(2));
    await first.actions!.reload!.run({});
    await expect.poll(() => received.length, { interval: 5 }).toBe(1);
    const state = async () => ((await first.state()) as { notified: object[] }).notified;
    await expect.poll(state, { interval: 5 }).toMatchObject([
      { server: 'ns.gone.', address: null, told: false, outcome: 'Cannot look up ns.gone A: name-error' },
      { server: 'ns.other.', address: `${TEST_NET}.74.4`, told: true },
    ]);
  });
});
