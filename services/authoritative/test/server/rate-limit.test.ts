import { createSocket } from 'node:dgram';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decodeMessage } from '#shared/dns/decode-message.ts';
import { encodeMessage } from '#shared/dns/encode-message.ts';
import { ednsWith, type Message, queryFor } from '#shared/dns/message.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { CLASS, TYPE } from '#shared/dns/registry.ts';
import { ask } from '#shared/host/dns/test/dns-client.ts';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';

const ZONE = `$TTL 3600
@ SOA ns hostmaster 1 3600 900 604800 300
@ NS ns
ns A 192.0.2.53
www A 192.0.2.80
${Array.from({ length: 200 }, (_, at) => `big TXT "${'x'.repeat(200)} ${at}"`).join('\n')}
${Array.from({ length: 50 }, (_, at) => `many A 192.0.2.${at}`).join('\n')}
`;
/** An address of loopback that belongs to no lab. */
const STRANGER = '127.0.0.2';
const LIMIT = 20;
/** Questions of a flood: more than the limit allows even where the machine takes seconds for them. */
const COUNT = 300;
const AT_ONCE = 60;

let host: TestHost;
let running: Running;

async function start(environment: Readonly<Record<string, string>>): Promise<void> {
  host = createTestHost({ name: 'authoritative', suffix: '62.1' });
  mkdirSync(join(host.dir, 'zones'));
  writeFileSync(join(host.dir, 'zones', 'example.zone'), ZONE);
  running = await startOn(program, host, environment);
}

beforeEach(() => start({ RATE_LIMIT_PER_S: String(LIMIT) }));

afterEach(async () => {
  await running.stop();
  await host.remove();
});

/** What came of a flood: the answers, and how many the server may have sent in the time that it took. */
interface Flood {
  readonly answers: readonly Message[];
  readonly allowed: number;
}

/** Sends a question so many times from `from`, and waits until the server has counted all and its answers are here. */
async function flood(question: string, count: number, from: string): Promise<Flood> {
  const [name = '', type = 'A'] = question.split(' ');
  const asked = { qname: parseName(name), qtype: TYPE[type as keyof typeof TYPE], qclass: CLASS.IN };
  const query = encodeMessage(queryFor(asked, { id: 1, rd: false, edns: ednsWith() }));
  const socket = createSocket('udp4');
  const answers: Message[] = [];
  socket.on('message', (octets) => answers.push(decodeMessage(octets)));
  await new Promise<void>((resolve) => socket.bind(0, from, resolve));
  const before = await counted();
  const begun = performance.now();
  for (let sent = 0; sent < count; ) {
    // No more than the server's socket holds: what is lost there would be awaited for ever.
    for (const end = Math.min(count, sent + AT_ONCE); sent < end; sent += 1)
      socket.send(query, host.port(53), host.address);
    const due = before + sent;
    await until(async () => (await counted()) >= due);
  }
  const allowed = LIMIT * (1 + (performance.now() - begun) / 1_000);
  // What was sent is in the socket: a few turns of the event loop read it, however long each of them takes.
  for (let turns = 20; turns > 0; turns -= 1) await new Promise((resolve) => setTimeout(resolve, 1));
  socket.close();
  return { answers, allowed };
}

async function counted(): Promise<number> {
  const { outcomes } = (await running.state()) as { outcomes: Record<string, number> };
  return Object.values(outcomes).reduce((sum, count) => sum + count, 0);
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 2));
}

test('a stranger gets so many answers a second and truncated ones beside, all counted and reported', async () => {
  const { answers, allowed } = await flood('www.example A', COUNT, STRANGER);
  const whole = answers.filter(({ tc }) => !tc);
  expect(whole.length).toBeGreaterThanOrEqual(LIMIT);
  expect(whole.length).toBeLessThanOrEqual(allowed);
  const slipped = answers.filter(({ tc }) => tc);
  // Every other one of those over the limit; each that is within begins to count anew.
  const over = COUNT - whole.length;
  expect(slipped.length).toBeGreaterThan(0);
  expect(slipped.length).toBeLessThanOrEqual(over / 2);
  expect(slipped.every(({ answer, question }) => answer.length === 0 && question.length === 1)).toBe(true);
  const { outcomes } = (await running.state()) as { outcomes: Record<string, number> };
  expect(outcomes['rate-limited']).toBe(over);
  await until(async () => host.reported.some(({ kind }) => kind === 'dns.rate-limited'));
  expect(host.reported.find(({ kind }) => kind === 'dns.rate-limited')?.because).toMatch(
    /more than 20 answers a second/,
  );
});

test('over TCP, and for the hosts of the lab, there is no limit', async () => {
  await flood('www.example A', 60, STRANGER);
  const server = host.endpoint(53);
  for (let at = 0; at < 30; at += 1) {
    expect((await ask(server, 'www.example A', { transport: 'tcp', from: STRANGER })).answer.length).toBe(1);
  }
  expect((await flood('www.example A', 60, host.address)).answers.filter(({ tc }) => !tc).length).toBe(60);
});

test('the limit may hold for the lab too, where somebody wants to see it', async () => {
  await running.stop();
  await host.remove();
  await start({ RATE_LIMIT_PER_S: String(LIMIT), RATE_LIMIT_LAB: 'true', RATE_LIMIT_SLIP: '0' });
  const { answers, allowed } = await flood('nowhere.example A', COUNT, host.address);
  expect(answers.length).toBeLessThanOrEqual(allowed);
  expect(answers.length).toBeLessThan(COUNT);
});

test('no answer over UDP is larger than 1232 octets, whatever is asked: what 42 octets can cause is bounded (attacks 11 and 12)', async () => {
  const socket = createSocket('udp4');
  const sizes: number[] = [];
  socket.on('message', (octets) => sizes.push(octets.length));
  await new Promise<void>((resolve) => socket.bind(0, `${host.net}.100.1`, resolve));
  const questions = ['big.example TXT', 'big.example ANY', 'many.example A', 'many.example ANY', 'example ANY'];
  for (const question of questions) {
    const [name = '', type = ''] = question.split(' ');
    const asked = { qname: parseName(name), qtype: TYPE[type as keyof typeof TYPE], qclass: CLASS.IN };
    const edns = { ...ednsWith(), udpPayloadSize: 0xffff };
    const query = encodeMessage(queryFor(asked, { id: 1, rd: false, edns }));
    expect(query.length).toBeLessThanOrEqual(42);
    socket.send(query, host.port(53), host.address);
  }
  await until(async () => sizes.length === questions.length);
  socket.close();
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1_232);
  expect(Math.max(...sizes) / 42).toBeLessThan(30);
});
