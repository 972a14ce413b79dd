import { afterEach, expect, test } from 'vitest';
import { exchangeOf } from '../../../dns/exchange-option.ts';
import { type Message, responseTo } from '../../../dns/message.ts';
import { parseName } from '../../../dns/name-text.ts';
import { RCODE } from '../../../dns/registry.ts';
import { record } from '../../../dns/test/records.ts';
import { createNames } from '../../lookup.ts';
import { createTestHost, type TestHost } from '../../test-host.ts';
import { type DnsListeners, listenDns } from '../listen.ts';

let host: TestHost;
let listeners: DnsListeners | undefined;
const asked: Message[] = [];

function startResolver(answers: Partial<Message>): Promise<DnsListeners> {
  return listenDns(host, ({ query }) => {
    asked.push(query);
    return { messages: [responseTo(query, { ra: true, ...answers })] };
  });
}

async function names(answers: Partial<Message>) {
  host = createTestHost({ name: 'stub', suffix: '71.1' });
  asked.length = 0;
  listeners = await startResolver(answers);
  return createNames({ resolver: host.endpoint(53), localAddress: host.address });
}

afterEach(async () => {
  await listeners?.stop();
  await host.remove();
});

test('DNS-53 a look-up desires recursion, and the chain of aliases in its answer is followed', async () => {
  const answer = [
    record('www.cnn.com. 60 CNAME cnn.com.'),
    record('cnn.com. 60 A 192.0.2.2'),
    record('CNN.com. 60 A 192.0.2.1'),
  ];
  const stub = await names({ answer });
  const found = await stub.addresses('www.cnn.com', 'proxy.7');
  expect(found).toMatchObject({ addresses: ['192.0.2.2', '192.0.2.1'], canonicalName: 'cnn.com' });
  expect(asked[0]).toMatchObject({ rd: true, qr: false });
  expect(exchangeOf(asked[0]!)).toEqual({ exchange: found.exchange, cause: 'proxy.7' });
});

test('an address is its own answer, and asks nobody', async () => {
  const stub = await names({});
  expect((await stub.addresses('10.53.3.1')).addresses).toEqual(['10.53.3.1']);
  expect(asked).toEqual([]);
});

test('mail exchanges come by rising preference', async () => {
  const stub = await names({ answer: [record('a.com. 60 MX 20 two.a.com.'), record('a.com. 60 MX 10 one.a.com.')] });
  expect(await stub.mailExchanges('a.com')).toEqual([
    { preference: 10, exchange: 'one.a.com' },
    { preference: 20, exchange: 'two.a.com' },
  ]);
});

test('DNS-05 a name is asked for over UDP, and again over TCP where the answer is truncated', async () => {
  const many = Array.from({ length: 90 }, (_, at) => record(`big.com. 60 A 192.0.2.${at}`));
  const stub = await names({ answer: many });
  expect((await stub.addresses('big.com')).addresses.length).toBe(90);
  expect(asked.length).toBe(2);
});

test.each([
  ['name-error', { rcode: RCODE.NXDOMAIN }],
  ['refused', { rcode: RCODE.REFUSED }],
  ['server-failure', { rcode: RCODE.SERVFAIL }],
  ['no-data', {}],
  ['no-data', { answer: [record('x.com. 1 CNAME y.com.'), record('y.com. 1 CNAME x.com.')] }],
  ['no-data', { answer: [record('other.com. 1 A 192.0.2.1')] }],
])('%s is told as such', async (failure, answers) => {
  const stub = await names(answers);
  await expect(stub.addresses('x.com')).rejects.toMatchObject({ name: 'NameLookupError', failure });
});

test('what cannot be a name is a name error, and asks nobody', async () => {
  const stub = await names({});
  await expect(stub.addresses('a..b')).rejects.toMatchObject({ failure: 'name-error' });
  await expect(stub.addresses('x'.repeat(64))).rejects.toMatchObject({ failure: 'name-error' });
  expect(asked).toEqual([]);
});

test('a resolver that starts a moment later is waited for', async () => {
  const stub = await names({});
  await listeners?.stop();
  const found = stub.addresses('late.com');
  await new Promise((resolve) => setTimeout(resolve, 80));
  listeners = await startResolver({
    answer: [{ ...record('late.com. 1 A 192.0.2.1'), owner: parseName('late.com.') }],
  });
  expect((await found).addresses).toEqual(['192.0.2.1']);
});

test('closing ends look-ups that wait', async () => {
  const stub = await names({});
  await listeners?.stop();
  const found = stub.addresses('never.com');
  await stub.close();
  await expect(found).rejects.toMatchObject({ failure: 'timeout' });
  listeners = undefined;
});
