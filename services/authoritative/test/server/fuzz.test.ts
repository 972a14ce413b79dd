import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { UDP_MODES } from '#shared/host/dns/open-udp.ts';
import { octetsNamed } from '#shared/host/dns/test/dns-client.ts';
import { fuzzTcp, fuzzUdp } from '#shared/host/dns/test/fuzz.ts';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';
import { APEX } from '../zones.ts';

/** `npm run bench -- dns-fuzz` sends a million to each listener. */
const DATAGRAMS = 20_000;
const MESSAGES_OVER_TCP = 2_000;

let host: TestHost;
let running: Running;

async function start(mode: string): Promise<void> {
  host = createTestHost({ name: 'authoritative', suffix: '62.20' });
  mkdirSync(join(host.dir, 'zones'));
  writeFileSync(join(host.dir, 'zones', 'example.zone'), `${APEX}www A 192.0.2.80\n`);
  running = await startOn(program, host, { DNS_UDP: mode });
}

afterEach(async () => {
  await running.stop();
  await host.remove();
});

const canary = octetsNamed('www.example A');

test.each(UDP_MODES)('hostile datagrams are each taken and cost nobody else an answer, %s', async (mode) => {
  await start(mode);
  const { sent, canaries, answers } = await fuzzUdp(host.endpoint(53), canary, DATAGRAMS, `${host.net}.100.1`);
  const { udpQueries, udpDropped } = (await running.state()) as { udpQueries: number; udpDropped: number };
  expect(udpQueries + udpDropped).toBe(sent + canaries);
  expect(answers).toBeGreaterThan(DATAGRAMS / 10);
});

test('hostile messages over TCP cost nobody else an answer', async () => {
  await start('plain');
  const { answers } = await fuzzTcp(host.endpoint(53), canary, MESSAGES_OVER_TCP, `${host.net}.100.1`);
  expect(answers).toBeGreaterThan(0);
});
