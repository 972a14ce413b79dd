/**
 * Hostile requests and responses through the proxy, in front of an origin that reads strictly: nobody may see what somebody else
 * framed otherwise, and nothing may crash, hang or grow.
 *
 *   npm run bench -- http-fuzz [how many, a million by default]     each with other seeds
 *   npm run bench -- http-fuzz --seed N [--seed N ...]              those cases alone, told in full
 *   npm run bench -- http-fuzz codec [how many]                     the pure parsers alone, whole and cut at many places
 */
import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fuzzCase } from '#shared/http/test/fuzz/fuzz-case.ts';
import { codecInput, disagreement, understand } from '#shared/http/test/fuzz/fuzz-codec.ts';
import { type Fuzzed, ProxyFuzz } from '#shared/http/test/fuzz/fuzz-proxy.ts';
import type { Finding } from '#shared/http/test/fuzz/judge.ts';
import { Random } from '#shared/http/test/fuzz/random.ts';
import { showOctets } from '#shared/http/test/fuzz/show-octets.ts';
import { figure } from './figure.ts';
import { residentMb, type Server, startOurs } from './processes.ts';

const NET = '127.68';
const PORT = 3128;
const MESSAGES = 1_000_000;
const LANES = 48;
/** How long a request that was framed well may be without an answer, in milliseconds. */
const ANSWER_MS_MAX = 10_000;
/** Parts of a run, after each of which the memory is read; in the first ones a program fills what it keeps. */
const PARTS = 10;
const WARM_UP_PARTS = 3;
/** How much more memory the rest may take, in megabytes: what a garbage collector leaves lying about. */
const GROWTH_MB_MAX = 40;
/** How long after the last case connections to the origin may stay, in milliseconds: idle ones are kept for a while. */
const IDLE_MS = 8_000;
/** Findings of one kind that are told in full. */
const TOLD_MAX = 3;
const ORIGINS = [2, 3, 4, 5].map((last) => ({ authority: `${NET}.10.${last}`, address: `${NET}.10.${last}` }));
/** Small stores, so that things have to make room; an origin may not be silent for long. */
const ENVIRONMENT = {
  NODE_OPTIONS: '--max-semi-space-size=2 --max-old-space-size=96',
  CACHE_BYTES: '2097152',
  DISK_BYTES: '4194304',
  DISK_ENTRIES: '1000',
  ORIGIN_SILENCE_MS: '1000',
};

export async function benchHttpFuzz(): Promise<void> {
  const words = process.argv.slice(3);
  const seeds = words.flatMap((word, at) => (word === '--seed' ? [Number(words[at + 1])] : []));
  const messages = Number(words.find((word, at) => /^\d+$/.test(word) && words[at - 1] !== '--seed') ?? MESSAGES);
  if (words.includes('codec')) {
    fuzzCodec(messages);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'topdown-fuzz-http-'));
  const resolver = await startEmptyResolver(`${NET}.1.1`);
  const given = { program: 'proxy', address: `${NET}.1.1`, port: PORT, folder, environment: ENVIRONMENT };
  const proxy = await startOurs('proxy', given);
  const fuzz = await ProxyFuzz.open({
    proxy,
    origins: ORIGINS,
    from: `${NET}.100.1`,
    lanes: LANES,
    answerMsMax: ANSWER_MS_MAX,
  });
  try {
    if (seeds.length > 0) await replay(fuzz, seeds);
    else await fuzzAll(fuzz, proxy, messages);
  } finally {
    await fuzz.close();
    await proxy.stop();
    resolver.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A DNS server to which no name exists: what was changed in a host's name must not take the time of a search. */
function startEmptyResolver(address: string): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    // A response, recursion available, name error; nothing but the question follows (RFC 1035, section 4.1.1).
    const question = query.subarray(0, query.indexOf(0, 12) + 5);
    const head = [...query.subarray(0, 2), 0x81, 0x83, 0, 1, 0, 0, 0, 0, 0, 0];
    socket.send(Buffer.concat([Buffer.from(head), question.subarray(12)]), from.port, from.address);
  });
  return new Promise((resolve) => socket.bind(53, address, () => resolve(socket)));
}

async function replay(fuzz: ProxyFuzz, seeds: readonly number[]): Promise<void> {
  for (const seed of seeds) {
    const { pieces, framed } = fuzzCase(
      seed,
      ORIGINS.map(({ authority }) => authority),
    );
    const { findings } = await fuzz.replay(seed);
    await pause(100);
    const rest = framed.rest === 'nothing' ? 'nothing' : `what is ${framed.rest}: ${framed.because}`;
    process.stdout.write(`\nseed ${seed}: ${framed.requests.length} requests, then ${rest}\n`);
    process.stdout.write(`  the client sends (pieces end at ‖)\n${showOctets(pieces.join('‖'))}\n`);
    tell(findings);
  }
}

/** Each input whole, octet by octet, and cut in two at a place of its own. */
function fuzzCodec(inputs: number): void {
  const begun = performance.now();
  const seeds = new Random(Math.floor(begun * 1000));
  const outcomes = { message: 0, unfinished: 0, refused: 0 };
  for (let left = inputs; left > 0; left -= 1) {
    const seed = seeds.below(0x1_0000_0000);
    const input = codecInput(seed);
    const whole = understand(input, []);
    const { length } = input.text;
    const octetByOctet = Array.from({ length: Math.max(0, length - 1) }, (_, at) => at + 1);
    const others = [understand(input, octetByOctet), understand(input, [seed % (length + 1)])];
    const fault = others.some((other) => JSON.stringify(other) !== JSON.stringify(whole))
      ? 'it is understood otherwise when it comes in pieces'
      : disagreement(input, whole);
    if (fault !== null) throw new Error(`seed ${seed}: ${fault}\n${showOctets(input.text)}`);
    outcomes[whole.kind] += 1;
  }
  const seconds = (performance.now() - begun) / 1000;
  process.stdout.write(
    `parsers: ${inputs} inputs, each whole, octet by octet and in two pieces: ${outcomes.message} messages, ${outcomes.refused} refused, ${outcomes.unfinished} unfinished, ${seconds.toFixed(0)} s\n`,
  );
}

async function fuzzAll(fuzz: ProxyFuzz, proxy: Server, messages: number): Promise<void> {
  const begun = performance.now();
  const resident: number[] = [];
  for (let part = 0; part < PARTS; part += 1) {
    await fuzz.run(messages / PARTS, Math.floor(begun) + part);
    resident.push(residentMb(proxy.pid));
  }
  const { fuzzed } = fuzz;
  await pause(IDLE_MS);
  const seconds = (performance.now() - begun) / 1000;
  process.stdout.write(
    `proxy: ${fuzzed.requests} requests of clients on ${fuzzed.cases} kinds of connections, ${fuzzed.answers} answers to them, ${fuzzed.originRequests} requests at the origin, ${fuzzed.canaries} canaries answered, ${seconds.toFixed(0)} s\n`,
  );
  const [before, after] = [resident[WARM_UP_PARTS - 1]!, resident.at(-1)!];
  process.stdout.write(`  resident memory after each tenth, in MB: ${resident.map((mb) => mb.toFixed(0)).join(' ')}\n`);
  figure('  growth after the first tenths, in which stores fill', after - before, 'MB', GROWTH_MB_MAX);
  figure('  connections to the origin that are left', fuzz.connections, '', 0);
  figure('  findings', fuzzed.findings.length, '', 0);
  tell(fuzzed.findings);
  if (fuzzed.findings.length > 0) process.exitCode = 1;
}

function tell(findings: Fuzzed['findings']): void {
  for (const [kind, alike] of Map.groupBy(findings, (finding) => finding.kind)) {
    process.stdout.write(`\n${kind}: ${alike.length}\n`);
    for (const finding of alike.slice(0, TOLD_MAX)) tellOne(finding);
  }
}

function tellOne({ because, seeds, octets }: Finding): void {
  process.stdout.write(`  ${because}\n  seed ${seeds.join(' or ')}\n`);
  for (const [what, text] of Object.entries(octets)) process.stdout.write(`  ${what}\n${showOctets(text)}\n`);
}
