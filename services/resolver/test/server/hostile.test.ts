import { createSocket, type Socket } from 'node:dgram';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decodeMessage } from '#shared/dns/decode-message.ts';
import { encodeMessage } from '#shared/dns/encode-message.ts';
import { exchangeOf } from '#shared/dns/exchange-option.ts';
import { ednsWith, type Message, responseTo } from '#shared/dns/message.ts';
import { formatHostname } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { RCODE } from '#shared/dns/registry.ts';
import { record } from '#shared/dns/test/records.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { World } from '../world.ts';

const ROOT_ZONE = `$ORIGIN .
$TTL 1d
@ SOA a.root-servers.net. h. 1 1h 15m 1w 5m
@ NS a.root-servers.net.
a.root-servers.net. A 10.53.1.1
evil. NS ns.evil.
ns.evil. A 10.53.66.1
`;

/** A server that does what a forger would, at the address to which the root sends questions about evil. */
let forger: Socket;
let world: World;
let forge: (query: Message) => (Uint8Array | Message)[];

beforeEach(async () => {
  forger = createSocket('udp4');
  forger.on('message', (octets, { port, address }) => {
    const query = decodeMessage(octets);
    for (const reply of forge(query))
      forger.send(reply instanceof Uint8Array ? reply : encodeMessage(reply), port, address);
  });
  await new Promise<void>((resolve) => forger.bind(53, `${TEST_NET}.66.1`, resolve));
  world = await World.of({ 'root-a 1.1': { 'root.zone': ROOT_ZONE } });
});

afterEach(async () => {
  await world.stop();
  await new Promise<void>((resolve) => forger.close(() => resolve()));
});

const answers = async (name: string) => (await world.ask('resolver', `${name} A`)).answer.map(formatRecord);
const truth = (query: Message) =>
  responseTo(query, { aa: true, answer: [{ ...record('x. 60 A 192.0.2.1'), owner: query.question[0]!.qname }] });
const lie = (query: Message) =>
  responseTo(query, { aa: true, answer: [{ ...record('x. 60 A 6.6.6.6'), owner: query.question[0]!.qname }] });

test('a server that does not know EDNS is asked once more without, and the lab’s own option does not travel', async () => {
  const seen: (string | null | undefined)[] = [];
  forge = (query) => {
    seen.push(query.edns === null ? null : exchangeOf(query).exchange);
    if (query.edns === null) return [truth(query)];
    return [{ ...responseTo(query, { rcode: RCODE.FORMERR }), edns: null }];
  };
  expect(await answers('www.evil')).toEqual(['www.evil. 60 IN A 192.0.2.1']);
  expect(await answers('mail.evil')).toEqual(['mail.evil. 60 IN A 192.0.2.1']);
  expect(seen).toEqual([expect.any(String), null, null]);
});

test('DNS-50 replies with another id, another question, or from another address are ignored', async () => {
  const elsewhere = createSocket('udp4');
  await new Promise<void>((resolve) => elsewhere.bind(53, `${TEST_NET}.66.2`, resolve));
  forger.prependListener('message', (octets, { port, address }) => {
    elsewhere.send(encodeMessage(lie(decodeMessage(octets))), port, address);
  });
  forge = (query) => [
    { ...lie(query), id: (query.id + 1) & 0xffff },
    { ...lie(query), question: [{ ...query.question[0]!, qname: ['other', 'evil'] }] },
    { ...lie(query), qr: false },
    Uint8Array.from([0, 1, 2]),
    truth(query),
  ];
  expect(await answers('www.evil')).toEqual(['www.evil. 60 IN A 192.0.2.1']);
  await new Promise<void>((resolve) => elsewhere.close(() => resolve()));
});

test('octets that are no message make the server useless, not the resolver', async () => {
  forge = (query) => [Uint8Array.from([query.id >> 8, query.id & 255, 0x84, 0, 0, 9, 9, 9, 9, 9, 9, 9])];
  expect(await world.ask('resolver', 'www.evil A')).toMatchObject({ rcode: 2, answer: [] });
  forge = (query) => [truth(query)];
  expect(await answers('other.evil')).toEqual(['other.evil. 60 IN A 192.0.2.1']);
});

test('a root that starts 80 ms after the question is still found', async () => {
  forge = (query) => [truth(query)];
  await world.halt('root-a');
  const found = answers('www.evil');
  await new Promise((resolve) => setTimeout(resolve, 80));
  await world.start('root-a');
  expect(await found).toEqual(['www.evil. 60 IN A 192.0.2.1']);
});

test('200 clients with one question cause one query, and each gets the name in its own letters', async () => {
  let queries = 0;
  forge = (query) => {
    queries += 1;
    return [truth(query)];
  };
  const names = Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? 'www.evil' : 'WWW.Evil'));
  const all = await Promise.all(names.map((name) => world.ask('resolver', `${name} A`, { edns: ednsWith() })));
  expect(all.map(({ answer }) => formatHostname(answer[0]!.owner))).toEqual(names);
  expect(queries).toBe(1);
});
