import { createSocket, type Socket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as immediately } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeMessage } from '#shared/dns/decode-message.ts';
import { encodeMessage } from '#shared/dns/encode-message.ts';
import { ednsWith, queryFor } from '#shared/dns/message.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { CLASS, RCODE, TYPE } from '#shared/dns/registry.ts';
import { change } from '#shared/dns/update.ts';
import { UDP_MODES } from '#shared/host/dns/open-udp.ts';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';
import { sendUpdate, writeHost } from '../kit/updating.ts';
import { record } from '../records.ts';

/** Two worker threads repeat the answers of one server, and are never behind it. */

const zoneText = (edition: number) => `$TTL 3600
@ SOA ns hostmaster ${edition} 3600 900 604800 300
@ NS ns
ns A 192.0.2.53
www A 192.0.2.1
alias CNAME www
*.wild A 203.0.113.1
sub NS ns.sub
ns.sub A 192.0.2.54
`;
/** So many clients that every worker has some. */
const CLIENTS = 32;

interface Server {
  readonly host: TestHost;
  readonly running: Running;
}

async function start(suffix: string, environment: Readonly<Record<string, string>>): Promise<Server> {
  const host = createTestHost({ name: 'workers', suffix });
  writeHost(host, { example: zoneText(1) });
  const told = { ...host, hasRoomForReports: () => false, leaveOutReports: () => {} };
  return { host, running: await startOn(program, told, environment) };
}

async function exchange(socket: Socket, { host }: Server, query: Uint8Array): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const late = setTimeout(() => reject(new Error('no answer came')), 30_000);
  socket.once('message', resolve);
  socket.send(query, 53, host.address);
  return promise.finally(() => clearTimeout(late));
}

const query = fc
  .record({
    question: fc.record({
      qname: fc
        .constantFrom('', 'www.', 'WWW.', 'alias.', 'a.wild.', 'x.sub.', 'none.')
        .map((name) => parseName(`${name}example`)),
      qtype: fc.constantFrom(TYPE.A, TYPE.TXT, TYPE.SOA, TYPE.ANY),
      qclass: fc.constant(CLASS.IN),
    }),
    edns: fc.constantFrom(null, ednsWith(), { ...ednsWith(), dnssecOk: true }),
    id: fc.nat(0xffff),
    rd: fc.boolean(),
  })
  .map(({ question, ...given }) => encodeMessage(queryFor(question, given)));

describe.each(UDP_MODES)('with two worker threads, %s', (mode) => {
  let workers: Server;
  let alone: Server;
  const clients: Socket[] = [];

  beforeAll(async () => {
    const last = mode === 'plain' ? 1 : 3;
    workers = await start(`78.${last}`, { DNS_UDP: mode, DNS_WORKERS: '2' });
    alone = await start(`78.${last + 1}`, { DNS_UDP: mode });
    for (let count = 0; count < CLIENTS; count += 1) {
      const socket = createSocket('udp4');
      await new Promise<void>((resolve) => socket.bind(0, workers.host.address, resolve));
      clients.push(socket);
    }
  });

  afterAll(async () => {
    for (const client of clients.splice(0)) client.close();
    await Promise.all([workers, alone].map(({ running }) => running.stop()));
    await Promise.all([workers, alone].map(({ host }) => host.remove()));
  });

  const askAll = (octets: Uint8Array) => Promise.all(clients.map((client) => exchange(client, workers, octets)));
  const addressOf = (name: string) =>
    encodeMessage(
      queryFor({ qname: parseName(name), qtype: TYPE.A, qclass: CLASS.IN }, { id: 7, rd: false, edns: null }),
    );

  test('each client gets the octets that a server without any would give, and all are counted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(query, { minLength: 1, maxLength: 8 }), async (queries) => {
        for (const octets of [...queries, ...queries]) {
          const usual = await exchange(clients[0]!, alone, octets);
          for (const answer of await askAll(octets)) expect(answer.toString('hex')).toBe(usual.toString('hex'));
        }
      }),
      { numRuns: 10 },
    );
    const state = async ({ running }: Server) =>
      structuredClone(await running.state()) as { udpQueries: number; outcomes: Record<string, number> };
    const [one, other] = [await state(workers), await state(alone)];
    const times = Object.entries(other.outcomes).map(([outcome, count]) => [outcome, count * CLIENTS]);
    expect(one.outcomes).toEqual(Object.fromEntries(times));
    expect(one.udpQueries).toBe(other.udpQueries * CLIENTS);
  });

  test('an update that is acknowledged is seen by the next query of every client', async () => {
    for (let at = 1; at <= 20; at += 1) {
      await askAll(addressOf('new.example'));
      const changes = [
        change.deleteRrset(parseName('new.example'), TYPE.A),
        change.add(record(`new.example. 60 A 192.0.2.${at}`)),
      ];
      expect((await sendUpdate(workers.host, 'example', changes)).rcode).toBe(RCODE.NOERROR);
      for (const answer of await askAll(addressOf('new.example')))
        expect(decodeMessage(answer).answer.map(formatRecord)).toEqual([`new.example. 60 IN A 192.0.2.${at}`]);
    }
  });

  test('zone files are read again and again, and no query is lost', async () => {
    let isOver = false;
    const asking = clients.map(async (client, at) => {
      let answered = 0;
      for (; !isOver; answered += 1) {
        const answer = decodeMessage(
          await exchange(client, workers, addressOf(at % 2 === 0 ? 'www.example' : 'none.example')),
        );
        expect(answer.rcode).toBe(at % 2 === 0 ? RCODE.NOERROR : RCODE.NXDOMAIN);
        if (answered % 100 === 0) await immediately();
      }
      return answered;
    });
    for (let edition = 100; edition < 120; edition += 1) {
      writeFileSync(join(workers.host.dir, 'zones', 'example.zone'), zoneText(edition));
      await workers.running.actions!.reload!.run({});
    }
    isOver = true;
    for (const answered of await Promise.all(asking)) expect(answered).toBeGreaterThan(0);
  });
});
