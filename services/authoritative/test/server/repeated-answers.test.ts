import { createSocket, type Socket } from 'node:dgram';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, type Mock, test, vi } from 'vitest';
import { encodeMessage } from '#shared/dns/encode-message.ts';
import { ednsWith, queryFor } from '#shared/dns/message.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { CLASS, TYPE } from '#shared/dns/registry.ts';
import { UDP_MODES } from '#shared/host/dns/open-udp.ts';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';

/** A zone with every kind of answer; `edition` is its serial and in its data. */
const zoneText = (edition: number) => `$TTL 3600
@ SOA ns hostmaster ${edition} 3600 900 604800 300
@ NS ns
ns A 192.0.2.53
www A 192.0.2.${edition}
many A 198.51.100.1
many A 198.51.100.2
many A 198.51.100.${edition}
alias CNAME many
away CNAME www.other.
*.wild A 203.0.113.1
*.wild A 203.0.113.2
sub NS ns.sub
ns.sub A 192.0.2.54
tree DNAME many
${Array.from({ length: 40 }, (_, at) => `large TXT "${at} of edition ${edition} ${'x'.repeat(30)}"`).join('\n')}
`;

/** Two servers of the same zone: one repeats answers, because its reports are more than are told; the other one never. */
interface Pair {
  readonly repeating: TestHost;
  readonly usual: TestHost;
  readonly running: readonly Running[];
  readonly socket: Socket;
  /** Called for each answer that is given again. */
  readonly leftOut: readonly Mock[];
}

async function startPair(mode: string, suffix: string): Promise<Pair> {
  const hosts = ['1', '2'].map((last) => createTestHost({ name: 'authoritative', suffix: `${suffix}.${last}` }));
  const [repeating, usual] = hosts as [TestHost, TestHost];
  const running: Running[] = [];
  const leftOut: Mock[] = [];
  for (const host of hosts) {
    mkdirSync(join(host.dir, 'zones'));
    writeFileSync(join(host.dir, 'zones', 'example.zone'), zoneText(1));
    const told = { ...host, hasRoomForReports: () => host === usual, leaveOutReports: vi.fn() };
    leftOut.push(told.leaveOutReports);
    running.push(await startOn(program, told, { DNS_UDP: mode }));
  }
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, `${usual.net}.100.1`, resolve));
  return { repeating, usual, running, socket, leftOut };
}

function exchange(socket: Socket, host: TestHost, query: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    socket.once('message', (octets) => resolve(octets.toString('hex')));
    socket.send(query, host.port(53), host.address);
  });
}

const names = [
  '',
  'www.',
  'WWW.',
  'many.',
  'Many.',
  'alias.',
  'away.',
  'a.wild.',
  'b.wild.',
  'x.sub.',
  'y.tree.',
  'none.',
  'large.',
];
const question = fc.record({
  qname: fc.constantFrom(...names).map((name) => parseName(`${name}example`)),
  qtype: fc.constantFrom(TYPE.A, TYPE.TXT, TYPE.NS, TYPE.SOA, TYPE.ANY, TYPE.CNAME),
  qclass: fc.constantFrom(CLASS.IN, CLASS.IN, CLASS.ANY),
});
const edns = fc.constantFrom(
  null,
  ednsWith(),
  { ...ednsWith(), udpPayloadSize: 600 },
  { ...ednsWith(), dnssecOk: true },
);
const query = fc
  .record({ question, edns, id: fc.nat(0xffff), rd: fc.boolean() })
  .map(({ question: asked, ...given }) => encodeMessage(queryFor(asked, given)));

describe.each(UDP_MODES)('an answer that is given again, %s', (mode) => {
  let pair: Pair;

  beforeAll(async () => {
    pair = await startPair(mode, mode === 'plain' ? '62' : '63');
  });

  afterAll(async () => {
    pair.socket.close();
    await Promise.all(pair.running.map((running) => running.stop()));
    await Promise.all([pair.repeating.remove(), pair.usual.remove()]);
  });

  test('is octet for octet the one that would be found anew, its rotations too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(query, { minLength: 1, maxLength: 30 }), async (queries) => {
        for (const octets of [...queries, ...queries]) {
          const repeated = await exchange(pair.socket, pair.repeating, octets);
          expect(repeated).toBe(await exchange(pair.socket, pair.usual, octets));
        }
      }),
      { numRuns: 20 },
    );
    expect(pair.leftOut[0]!.mock.calls.length).toBeGreaterThan(20);
    expect(pair.leftOut[1]!.mock.calls.length).toBe(0);
    const outcomes = await Promise.all(pair.running.map((running) => running.state()));
    const [repeated, usual] = outcomes as { outcomes: object; udpQueries: number }[];
    expect(repeated!.outcomes).toEqual(usual!.outcomes);
    expect(repeated!.udpQueries).toBe(usual!.udpQueries);
  });

  test('is of the new edition from the moment at which a change is acknowledged', async () => {
    const asked = { qname: parseName('www.example'), qtype: TYPE.A, qclass: CLASS.IN };
    const octets = encodeMessage(queryFor(asked, { id: 7, rd: false, edns: null }));
    for (let edition = 2; edition < 20; edition += 1) {
      await exchange(pair.socket, pair.repeating, octets);
      writeFileSync(join(pair.repeating.dir, 'zones', 'example.zone'), zoneText(edition));
      await pair.running[0]!.actions!.reload!.run({});
      const answer = await exchange(pair.socket, pair.repeating, octets);
      expect(Number.parseInt(answer.slice(-2), 16)).toBe(edition);
    }
  });
});
