import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, TEST_NET } from '#shared/host/test-host.ts';
import { ProxyFuzz } from '#shared/http/test/fuzz/fuzz-proxy.ts';
import { showOctets } from '#shared/http/test/fuzz/show-octets.ts';
import { program } from '../../src/program.ts';

/** Requests of clients and requests at the origin; `npm run bench -- http-fuzz` takes a million, with other seeds. */
const MESSAGES = 2_500;
const SEED = 4;
const BLOCK = 28;

const origins = [2, 3].map((last) => ({ authority: `o${last}.test`, address: `${TEST_NET}.${BLOCK}.${last}` }));
const host = createTestHost({
  name: 'proxy',
  suffix: `${BLOCK}.1`,
  names: Object.fromEntries(origins.map(({ authority, address }) => [authority, [address]])),
});
let running: Running;
let fuzz: ProxyFuzz;

beforeAll(async () => {
  running = await startOn(program, host, { CACHE_BYTES: '65536', ORIGIN_SILENCE_MS: '1000' });
  fuzz = await ProxyFuzz.open({
    proxy: { address: host.address, port: 3128 },
    origins,
    from: `${TEST_NET}.${BLOCK + 1}.1`,
    lanes: 16,
    answerMsMax: 20_000,
  });
});
afterAll(async () => {
  await fuzz.close();
  await running.stop();
  await host.remove();
});

test('the origin sees what clients framed and nothing else, and clients get the answers to what they asked', async () => {
  const { findings, canaries, originRequests } = await fuzz.run(MESSAGES, SEED);
  const told = findings.map(({ kind, because, seeds, octets }) =>
    [`${kind}: ${because}, seed ${seeds.join(' or ')}`, ...Object.values(octets).map(showOctets)].join('\n'),
  );
  expect(told).toEqual([]);
  expect(canaries).toBeGreaterThan(0);
  expect(originRequests).toBeGreaterThan(MESSAGES / 10);
}, 300_000);
