import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { RCODE } from '#shared/dns/registry.ts';
import { ask } from '#shared/host/dns/test/dns-client.ts';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, TEST_NET, type TestHost } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';
import { APEX } from '../zones.ts';

const hosts: TestHost[] = [];
const running: Running[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
  await Promise.all(hosts.splice(0).map((host) => host.remove()));
});

function hostWith(name: string, suffix: string, files: Readonly<Record<string, string>>): TestHost {
  const host = createTestHost({ name, suffix });
  mkdirSync(join(host.dir, 'zones'));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(host.dir, file), text);
  hosts.push(host);
  return host;
}

async function start(host: TestHost, environment: Readonly<Record<string, string>> = {}): Promise<Running> {
  const one = await startOn(program, host, environment);
  running.push(one);
  return one;
}

const WWW = 'www A 10.53.10.1\nwww A 10.53.10.2\nwww A 10.53.10.3\n';

describe('a zone in a file', () => {
  test('DNS-45 its server answers with authority, and addresses of the plan are those of this lab', async () => {
    const host = hostWith('primary', '72.1', { 'zones/example.zone': APEX + WWW });
    await start(host);
    const reply = await ask(host.endpoint(53), 'www.example A');
    expect(reply).toMatchObject({ aa: true, ra: false, rcode: 0 });
    expect(reply.answer.map(formatRecord)).toContain(`www.example. 3600 IN A ${TEST_NET}.10.1`);
  });

  test('DNS-15 DNS-16 an answer has the whole set of addresses, and each begins with the next one', async () => {
    const host = hostWith('primary', '72.1', { 'zones/example.zone': APEX + WWW });
    await start(host);
    const firsts: string[] = [];
    for (let turn = 0; turn < 30; turn += 1) {
      const { answer } = await ask(host.endpoint(53), 'www.example A');
      expect(answer.length).toBe(3);
      firsts.push(answer.map(({ rdata }) => (rdata.kind === 'A' ? rdata.address.at(-1) : '')).join(''));
    }
    expect(firsts.slice(0, 4)).toEqual(['123', '231', '312', '123']);
    expect([...Map.groupBy(firsts, (order) => order).values()].map(({ length }) => length)).toEqual([10, 10, 10]);
  });

  test('is read again, at SIGHUP or at a change, without losing a query', async () => {
    const edition = (serial: number) =>
      `$TTL 60\n@ SOA ns h ${serial} 3600 900 604800 300\n@ NS ns\nns A 192.0.2.53\nwww A 10.53.10.${serial}\n`;
    const host = hostWith('primary', '72.1', { 'zones/example.zone': edition(1) });
    const one = await start(host);
    let asked = 0;
    let isOver = false;
    const addresses = new Set<string>();
    const asker = async () => {
      while (!isOver) {
        asked += 1;
        const { rcode, answer } = await ask(host.endpoint(53), 'www.example A', { timeoutMs: 1_000 });
        expect([rcode, answer.length]).toEqual([0, 1]);
        addresses.add(formatRecord(answer[0]!));
      }
    };
    const askers = Array.from({ length: 8 }, asker);
    for (let serial = 2; serial <= 6; serial += 1) {
      writeFileSync(join(host.dir, 'zones/example.zone'), edition(serial));
      await one.reload!();
      const { answer } = await ask(host.endpoint(53), 'www.example A');
      expect(answer.map(formatRecord)).toEqual([`www.example. 60 IN A ${TEST_NET}.10.${serial}`]);
    }
    isOver = true;
    await Promise.all(askers);
    expect(asked).toBeGreaterThan(40);
    expect(addresses.size).toBeGreaterThanOrEqual(5);
  });

  test('ERR-12 a CNAME beside other data is refused, and the refusal names place, rule and remedy', async () => {
    const text = '$TTL 1h\n@ SOA dns host 1 1h 1h 1h 1h\n@ NS dns\n@ MX 10 mail.bar\n@ CNAME relay1.bar\n';
    const host = hostWith('primary', '72.1', { 'zones/foo.com.zone': text });
    await expect(start(host)).rejects.toThrow(
      /foo\.com\.zone:5: foo\.com\. has a CNAME record and also SOA and NS and MX; .*name of its own \(RFC 1034, section 3\.6\.2\)/,
    );
  });

  test('a changed file is served at once; a broken one leaves the zone as it was and says so', async () => {
    const host = hostWith('primary', '72.1', { 'zones/example.zone': APEX + WWW });
    const one = await start(host);
    const change = (text: string) => writeFileSync(join(host.dir, 'zones/example.zone'), text);
    change(`${APEX.replace(' 1 3600', ' 2 3600')}www A 192.0.2.7\n`);
    await expect.poll(async () => (await ask(host.endpoint(53), 'www.example A')).answer.length).toBe(1);
    change('$TTL soon');
    await expect
      .poll(() => one.health?.())
      .toMatch(/example\.: the old zone is still served: .*example\.zone:1: "soon" is no time/);
    expect((await ask(host.endpoint(53), 'www.example A')).answer.length).toBe(1);
    change(`${APEX.replace(' 1 3600', ' 3 3600')}${WWW}`);
    const result = 'serial 3; the zone has no other server that copies it';
    expect(await one.actions!.reload!.run({})).toEqual({ zones: [{ zone: 'example.', result }] });
    expect(one.health?.()).toBeNull();
  });

  test('a host without any zone does not start, and says what to do', async () => {
    await expect(start(hostWith('primary', '72.1', {}))).rejects.toThrow(/has no zone: put a file NAME\.zone into/);
  });

  test('outside of its zones the server refuses, and reports say why', async () => {
    const host = hostWith('primary', '72.1', { 'zones/example.zone': APEX });
    const one = await start(host);
    expect(await ask(host.endpoint(53), 'www.other A')).toMatchObject({
      rcode: RCODE.REFUSED,
      aa: false,
      answer: [],
      authority: [],
    });
    expect(await one.state()).toMatchObject({ outcomes: { refused: 1 } });
    await expect.poll(() => host.reported.map(({ kind }) => kind)).toEqual(['dns.query', 'dns.response']);
    expect(host.reported[1]).toMatchObject({
      because: 'refused: no zone of this server contains www.other.',
      exchange: host.reported[0]!.exchange,
    });
  });
});

describe('a zone transfer', () => {
  const big = Array.from({ length: 3_000 }, (_, at) => `h${at} A 10.53.1.${at % 250}`).join('\n');

  async function startPair() {
    const primary = hostWith('primary', '72.1', { 'zones/example.zone': `${APEX}${big}\n` });
    const secondary = hostWith('secondary', '72.2', { secondary: 'example 10.53.72.1\n' });
    return { primary, secondary };
  }

  test('DNS-65 a secondary copies the zone, also when its primary starts later, and answers with authority without it', async () => {
    const { primary, secondary } = await startPair();
    const second = await start(secondary);
    expect(second.health?.()).toMatch(/example\.: it has not come from its primary/);
    expect((await ask(secondary.endpoint(53), 'h1.example A')).rcode).toBe(RCODE.REFUSED);
    const first = await start(primary);
    await expect.poll(() => second.health?.(), { interval: 5 }).toBeNull();
    await first.stop();
    expect(await ask(secondary.endpoint(53), 'h2999.example A')).toMatchObject({
      aa: true,
      answer: [{ rdata: { address: `${TEST_NET}.1.249` } }],
    });
  });

  test('a secondary starts from the copy of its last run when the primary is away', async () => {
    const { primary, secondary } = await startPair();
    const [first, second] = [await start(primary), await start(secondary)];
    await expect.poll(() => second.health?.(), { interval: 5 }).toBeNull();
    await Promise.all([first.stop(), second.stop()]);
    const again = await start(secondary);
    expect(again.health?.()).toBeNull();
    expect((await ask(secondary.endpoint(53), 'h7.example A')).answer.length).toBe(1);
  });

  test('REFRESH brings a newer serial, EXPIRE without the primary ends the copy', async () => {
    const { primary, secondary } = await startPair();
    const [first, second] = [await start(primary), await start(secondary)];
    await expect.poll(() => second.health?.(), { interval: 5 }).toBeNull();
    writeFileSync(join(primary.dir, 'zones/example.zone'), `${APEX.replace(' 1 3600', ' 2 3600')}new A 10.53.1.1\n`);
    await first.actions!.reload!.run({});
    secondary.clock.advance(3_600_000);
    await expect.poll(async () => (await ask(secondary.endpoint(53), 'new.example A')).answer.length).toBe(1);
    await first.stop();
    // Lab time passes while the copy is confirmed by nobody.
    await expect
      .poll(() => {
        secondary.clock.advance(604_800_000);
        return second.health?.();
      })
      .toMatch(/silent for the EXPIRE time|has not come/);
    expect((await ask(secondary.endpoint(53), 'new.example A')).rcode).toBe(RCODE.REFUSED);
  });

  test('is refused to strangers, and over UDP', async () => {
    const { primary } = await startPair();
    await start(primary);
    const stranger = { from: '127.0.0.99', transport: 'tcp' } as const;
    expect(await ask(primary.endpoint(53), 'example AXFR', stranger)).toMatchObject({
      rcode: RCODE.REFUSED,
      answer: [],
    });
    expect(await ask(primary.endpoint(53), 'example AXFR')).toMatchObject({ rcode: RCODE.REFUSED, answer: [] });
    expect((await ask(primary.endpoint(53), 'example AXFR', { transport: 'tcp' })).answer.length).toBe(100);
  });

  test('a client that resets the connection in the middle does no harm', async () => {
    const { primary } = await startPair();
    await start(primary);
    await new Promise<void>((resolve) => {
      const socket = connect({ host: primary.address, port: 53 }, () => socket.resetAndDestroy());
      socket.on('close', () => resolve());
    });
    expect((await ask(primary.endpoint(53), 'h1.example A')).answer.length).toBe(1);
  });
});
