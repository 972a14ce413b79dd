import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { addressOf, dnsPort, onClient } from './kit/client-tools.ts';
import { crashHost, lab, stateOf, until } from './kit/lab-under-test.ts';

/**
 * The owner of test.com changes it from the client, with nsupdate and a key, as with any server of the Internet; others try to.
 * dig shows what came of it, on the primary and on the secondary.
 */

const ZONE = 'test.com';
const KEY_HERE = fileURLToPath(new URL('../infra/hosts/dns-primary/keys/owner.key', import.meta.url));
const KEY = lab.form === 'containers' ? '/keys/owner.key' : KEY_HERE;
const SECRET = /secret "([^"]+)"/.exec(readFileSync(KEY_HERE, 'utf8'))![1]!;
/** Somebody who is not in the lab; in containers nobody of that kind reaches its servers. */
const STRANGER = '127.0.0.99';
const isEmbedded = lab.form === 'embedded';

/** Sends one update, and gives what nsupdate says of it: nothing where it was done. */
async function nsupdate(lines: readonly string[], options = ` -k ${KEY}`, port = dnsPort): Promise<string> {
  const server = isEmbedded && port !== dnsPort ? '127.0.0.1' : addressOf('dns-primary');
  const commands = [`server ${server} ${port}`, `zone ${ZONE}`, ...lines, 'send', ''].join('\n');
  return onClient(`nsupdate${options}`, commands).catch((error: { stderr?: string }) => error.stderr ?? String(error));
}

const short = async (question: string, host = 'dns-primary') =>
  (await onClient(`dig @${host} ${question} +norec +short`)).trim();
const serialAt = async (host: string) => Number((await short(`${ZONE} SOA`, host)).split(' ')[2]);

/** The lines of a transfer, without those that tell what dig did. */
async function transfer(question: string, host = 'dns-primary'): Promise<string[]> {
  const lines = (await onClient(`dig @${host} ${question} +nocomments +nostats +nocmd`)).split('\n');
  return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith(';'));
}

/** Waits until the secondary is at the primary's serial, and gives that. */
async function settled(): Promise<number> {
  const serial = await serialAt('dns-primary');
  await until(`the secondary has serial ${serial}`, async () => (await serialAt('dns-secondary')) === serial);
  return serial;
}

const ADDED = ['sub', 'ns.sub', 'a', 'b', 'lasting', 'recorded'];
afterAll(async () => {
  await nsupdate(ADDED.map((name) => `update delete ${name}.${ZONE}`));
});

describe('the owner', () => {
  test('behaviour 41: adds a delegation with its glue: the serial rises, and who asks is referred, on the secondary too', async () => {
    const before = await settled();
    const glue = `${lab.net}.10.9`;
    expect(
      await nsupdate([`update add sub.${ZONE} 60 NS ns.sub.${ZONE}`, `update add ns.sub.${ZONE} 60 A ${glue}`]),
    ).toBe('');
    expect(await settled()).toBe(before + 1);
    for (const host of ['dns-primary', 'dns-secondary']) {
      const referral = await onClient(`dig @${host} www.sub.${ZONE} +norec`);
      expect(referral).toContain('flags: qr; QUERY: 1, ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 2');
      expect(referral).toContain(`sub.${ZONE}. 60 IN NS ns.sub.${ZONE}.`);
      expect(referral).toContain(`ns.sub.${ZONE}. 60 IN A ${glue}`);
    }
  });

  test.each([
    ['YXDOMAIN', `prereq nxdomain www.${ZONE}`],
    ['NXDOMAIN', `prereq yxdomain nobody.${ZONE}`],
    ['YXRRSET', `prereq nxrrset www.${ZONE} A`],
    ['NXRRSET', `prereq yxrrset www.${ZONE} MX`],
    ['NXRRSET', `prereq yxrrset www.${ZONE} A 192.0.2.1`],
    ['NOTZONE', 'update add www.elsewhere.org 60 A 192.0.2.1'],
  ])('behaviour 42: is told %s where "%s" does not hold, and nothing changes', async (rcode, line) => {
    const before = await serialAt('dns-primary');
    expect(await nsupdate([line, `update add a.${ZONE} 60 A 192.0.2.1`])).toContain(`update failed: ${rcode}`);
    expect([await serialAt('dns-primary'), await short(`a.${ZONE}`)]).toEqual([before, '']);
  });

  test('behaviour 42: has what is required checked, and then the change is made', async () => {
    const lines = [`prereq yxrrset www.${ZONE} A`, `prereq nxdomain a.${ZONE}`, `update add a.${ZONE} 60 A 192.0.2.1`];
    expect([await nsupdate(lines), await short(`a.${ZONE}`)]).toEqual(['', '192.0.2.1']);
    expect(await nsupdate(lines)).toContain('update failed: YXDOMAIN');
    expect([await nsupdate([`update delete a.${ZONE}`]), await short(`a.${ZONE}`)]).toEqual(['', '']);
  });

  test('behaviour 44: cannot delete the SOA record of the apex, nor its servers', async () => {
    const before = await serialAt('dns-primary');
    expect(await nsupdate([`update delete ${ZONE} SOA`, `update delete ${ZONE} NS`])).toBe('');
    expect(await serialAt('dns-primary')).toBe(before);
    expect((await short(`${ZONE} NS`)).split('\n').sort()).toEqual([`dns1.${ZONE}.`, `dns2.${ZONE}.`]);
  });

  test('behaviour 45: sees by IXFR what has changed, from the secondary too', async () => {
    const first = await settled();
    await nsupdate([`update add b.${ZONE} 60 A 192.0.2.1`, `update add b.${ZONE} 60 A 192.0.2.2`]);
    await nsupdate([`update delete b.${ZONE} A 192.0.2.1`]);
    expect(await settled()).toBe(first + 2);
    const soa = (serial: number) => expect.stringContaining(`SOA dns1.${ZONE}. hostmaster.${ZONE}. ${serial} `);
    const b = (last: number) => `b.${ZONE}. 60 IN A 192.0.2.${last}`;
    const [one, two, three] = [soa(first), soa(first + 1), soa(first + 2)];
    // The secondary may have copied both steps at once: it tells them as they came.
    for (const host of ['dns-primary', 'dns-secondary']) {
      expect(await transfer(`${ZONE} IXFR=${first}`, host)).toEqual([
        three,
        one,
        two,
        b(1),
        b(2),
        two,
        b(1),
        three,
        three,
      ]);
      expect(await transfer(`${ZONE} IXFR=${first + 1}`, host)).toEqual([three, two, b(1), three, three]);
      expect(await transfer(`${ZONE} IXFR=${first + 2}`, host)).toEqual([three]);
      const whole = await transfer(`${ZONE} AXFR`, host);
      expect(await transfer(`${ZONE} IXFR=1`, host)).toEqual(whole);
      expect(whole).toEqual([three, ...whole.slice(1, -1), three]);
      expect(whole).toContain(b(2));
    }
  });

  test('has what was acknowledged, though the server crashes at that moment', async () => {
    const before = await settled();
    expect(await nsupdate([`update add lasting.${ZONE} 60 TXT "was acknowledged"`])).toBe('');
    await crashHost('dns-primary');
    const verdict = `the file is unchanged, and updates have led to serial ${before + 1}`;
    await until('the server is back, with what its journal led to', async () => {
      const { journals } = await stateOf<{ journals: { zone: string; verdict: string | null }[] }>('dns-primary');
      return journals.some((journal) => journal.zone === `${ZONE}.` && journal.verdict === verdict);
    });
    await until('it answers', async () => (await short(`lasting.${ZONE} TXT`)) === '"was acknowledged"');
    expect(await settled()).toBe(before + 1);
    expect(await short(`lasting.${ZONE} TXT`, 'dns-secondary')).toBe('"was acknowledged"');
  });
});

describe('somebody else', () => {
  test.each([
    ['REFUSED', 'without a signature', ''],
    ['NOTAUTH(BADKEY)', 'with a key that nobody knows', ` -y hmac-sha256:nobody.:${SECRET}`],
    ['NOTAUTH(BADSIG)', 'with a wrong secret', ` -y hmac-sha256:owner.:${btoa('a guess of somebody')}`],
  ])('behaviour 43, attack 16: is told %s %s, and nothing changes', async (rcode, _how, options) => {
    const before = await serialAt('dns-primary');
    expect(await nsupdate([`update add a.${ZONE} 60 A 192.0.2.1`], options)).toContain(`update failed: ${rcode}`);
    expect([await serialAt('dns-primary'), await short(`a.${ZONE}`)]).toEqual([before, '']);
  });

  if (isEmbedded)
    test('attack 16: sends again what the owner sent, and is told BADTIME', async () => {
      const wire = await listenIn();
      const done = await nsupdate([`update add recorded.${ZONE} 60 A 192.0.2.1`], ` -k ${KEY}`, wire.port);
      expect([done, await nsupdate([`update delete recorded.${ZONE}`])]).toEqual(['', '']);
      const before = await serialAt('dns-primary');
      const recorded = wire.sent.filter((octets) => octets[2]! >> 3 === 5);
      expect(recorded.length).toBeGreaterThan(0);
      for (const octets of recorded) {
        const answer = await wire.sendAgain(octets);
        // NOTAUTH, and in the TSIG record, which is the last one: BADTIME, and six octets of the server's time.
        expect([
          answer[3]! & 15,
          answer.readUInt16BE(answer.length - 10),
          answer.readUInt16BE(answer.length - 8),
        ]).toEqual([9, 18, 6]);
      }
      wire.close();
      expect([await serialAt('dns-primary'), await short(`recorded.${ZONE}`)]).toEqual([before, '']);
    });

  if (isEmbedded)
    test('attack 17: does not get the zone, unless with a key', async () => {
      const asStranger = (options: string) => transfer(`${ZONE} AXFR -b ${STRANGER}${options}`);
      expect(await asStranger('')).toEqual([]);
      expect((await asStranger(` -k ${KEY}`)).length).toBeGreaterThan(6);
      expect((await transfer(`${ZONE} AXFR`)).length).toBeGreaterThan(6);
    });
});

/** Stands between nsupdate and the server, as who listens in on the way: it passes all on and remembers what was sent. */
async function listenIn() {
  const open = async (): Promise<Socket> => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return socket;
  };
  const [near, far, own] = [await open(), await open(), await open()];
  const sent: Buffer[] = [];
  let client = { port: 0, address: '' };
  near.on('message', (octets, from) => {
    client = from;
    sent.push(octets);
    far.send(octets, dnsPort, addressOf('dns-primary'));
  });
  far.on('message', (octets) => near.send(octets, client.port, client.address));
  return {
    port: near.address().port,
    sent,
    sendAgain: async (octets: Buffer): Promise<Buffer> => {
      const answer = once(own, 'message');
      own.send(octets, dnsPort, addressOf('dns-primary'));
      return (await answer)[0] as Buffer;
    },
    close: () => {
      for (const socket of [near, far, own]) socket.close();
    },
  };
}
