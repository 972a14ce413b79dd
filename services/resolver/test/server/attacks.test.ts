import { createSocket } from 'node:dgram';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeMessage } from '#shared/dns/encode-message.ts';
import { extendedErrorsOf } from '#shared/dns/extended-error.ts';
import { queryFor } from '#shared/dns/message.ts';
import { formatHostname, parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { CLASS, TYPE } from '#shared/dns/registry.ts';
import { cpuMs } from '#shared/host/test/kit/cpu-time.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { World } from '../world.ts';
import { Forger, lie, ROOT_ZONE, truth } from './forger.ts';

/** Attacks that only sockets can show. */

let forger: Forger;
let world: World;

beforeEach(async () => {
  forger = await Forger.start();
  world = await World.of({ 'root-a 1.1': { 'root.zone': ROOT_ZONE } });
});

afterEach(async () => {
  await world.stop();
  await forger.stop();
});

const answers = async (name: string) => (await world.ask('resolver', `${name} A`)).answer.map(formatRecord);

test('attack 1: 65 535 replies with every other id do not reach the answer, which comes over TCP in time', async () => {
  forger.forge = (query, to) => {
    const octets = encodeMessage(lie(query));
    void (async () => {
      for (let id = 1; id < 0x1_0000; id += 1) {
        const guess = Uint8Array.from(octets);
        new DataView(guess.buffer).setUint16(0, (query.id + id) & 0xffff);
        to(guess);
        if (id % 100 === 0) await turn();
      }
      to(truth(query));
    })();
  };
  // Later than after five seconds it would be SERVFAIL.
  expect(await answers('www.evil')).toEqual(['www.evil. 60 IN A 192.0.2.1']);
  expect(forger.seen.at(-1)?.transport).toBe('tcp');
});

test('attack 1: the ports of 1000 queries are spread over the range, and so are ids and letters (R8)', async () => {
  for (let at = 0; at < 1_000; at += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, own) => answers(`abcdefgh${at + own}.evil`)));
  }
  const ports = forger.seen.map(({ port }) => port);
  // On a busy machine one may be asked again.
  expect(ports.length).toBeGreaterThanOrEqual(1_000);
  expect(ports.length).toBeLessThan(1_100);
  // A thousand draws from the 28 000 ports of Linux repeat about eighteen.
  expect(new Set(ports).size).toBeGreaterThan(940);
  expect(new Set(forger.seen.map(({ id }) => id)).size).toBeGreaterThan(970);
  const steps = ports.slice(1).map((port, at) => Math.abs(port - ports[at]!));
  expect(steps.filter((step) => step <= 8).length).toBeLessThan(50);
  expect(forger.seen.filter(({ qname }) => /[A-Z]/.test(qname) && /[a-z]/.test(qname)).length).toBeGreaterThan(950);
});

test('R8: a server that does not keep the letters of the question is asked over TCP', async () => {
  forger.forge = (query, to) => {
    const folded = query.question.map((question) => ({
      ...question,
      qname: parseName(formatHostname(question.qname).toLowerCase()),
    }));
    for (let times = 0; times < 12; times += 1) to({ ...truth(query), question: folded });
  };
  expect(await answers('abcdefghijklmnop.evil')).toEqual(['abcdefghijklmnop.evil. 60 IN A 192.0.2.1']);
});

test('attack 8: while 10 000 random names of a silent zone are asked for, a cached name is answered at the cost of 50 ms at most', async () => {
  forger.forge = () => {};
  expect(await answers('known')).toEqual(['known. 86400 IN A 192.0.2.53']);
  const flood = createSocket('udp4');
  await new Promise<void>((resolve) => flood.bind(0, `${TEST_NET}.100.7`, resolve));
  let refusedAtOnce = 0;
  flood.on('message', () => {
    refusedAtOnce += 1;
  });
  const resolver = world.host('resolver').endpoint(53);
  const costs: number[] = [];
  const begun = performance.now();
  for (let at = 0; at < 10_000; at += 1) {
    const question = { qname: parseName(`r${at}.evil`), qtype: TYPE.A, qclass: CLASS.IN };
    flood.send(
      encodeMessage(queryFor(question, { id: at & 0xffff, rd: true, edns: null })),
      resolver.port,
      resolver.address,
    );
    if (at % 25 !== 24) continue;
    const before = cpuMs();
    expect(await answers('known')).toEqual([expect.stringContaining('192.0.2.53')]);
    costs.push(cpuMs() - before);
  }
  const state = world.running('resolver').state() as { working: number; counters: { failures: { busy?: number } } };
  flood.close();
  expect(costs.toSorted((one, other) => one - other)[Math.floor(0.9 * costs.length)]).toBeLessThan(50);
  expect(state.working).toBeLessThanOrEqual(800);
  // Eight hundred are looked for at once, each for two seconds at least; the others are refused.
  const lookedFor = 800 * (1 + (performance.now() - begun) / 2_000);
  const refused = Math.max(1, Math.min(5_000, 10_000 - 2 * lookedFor));
  expect(state.counters.failures.busy).toBeGreaterThanOrEqual(refused);
  expect(refusedAtOnce).toBeGreaterThanOrEqual(refused);
});

test('attack 19, R21: a stranger is refused, and told that it is prohibited', async () => {
  const reply = await world.ask('resolver', 'known A', { from: '127.0.0.99' });
  expect(reply).toMatchObject({ rcode: 5, ra: false, answer: [] });
  expect(extendedErrorsOf(reply)).toMatchObject([{ infoCode: 18 }]);
});
