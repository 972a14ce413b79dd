import { describe, expect, test } from 'vitest';
import { EXCHANGE_OPTION_CODE } from '../../exchange.ts';
import { refusalOf } from '../check-query.ts';
import { summarizeMessage } from '../describe-message.ts';
import { exchangeOf, exchangeOption } from '../exchange-option.ts';
import { isLabClient } from '../lab-client.ts';
import { ednsWith, type Message, queryFor, responseTo, udpLimitFor } from '../message.ts';
import { parseName } from '../name-text.ts';
import { octetsOf } from '../octets.ts';
import { CLASS, OPCODE, RCODE, TYPE } from '../registry.ts';
import { mismatchOf } from '../reply-match.ts';
import { isNewerSerial } from '../serial.ts';
import { record } from './records.ts';

const question = { qname: parseName('WwW.cnn.com.'), qtype: TYPE.A, qclass: CLASS.IN };
const query = queryFor(question, { id: 4711, rd: true, edns: ednsWith() });

describe('a query that no server answers', () => {
  const cases: [name: string, change: Partial<Message>, rcode: number][] = [
    ['opcode 3', { opcode: 3 }, RCODE.NOTIMP],
    ['an inverse query', { opcode: 1, question: [] }, RCODE.NOTIMP],
    ['no question', { question: [] }, RCODE.FORMERR],
    ['two questions (RFC 9619)', { question: [question, question] }, RCODE.FORMERR],
    ['a question for OPT', { question: [{ ...question, qtype: TYPE.OPT }] }, RCODE.FORMERR],
    ['a question of class CH', { question: [{ ...question, qclass: CLASS.CH }] }, RCODE.REFUSED],
    ['a question of class HS', { question: [{ ...question, qclass: CLASS.HS }] }, RCODE.REFUSED],
    ['a question for MAILB', { question: [{ ...question, qtype: TYPE.MAILB }] }, RCODE.NOTIMP],
    ['EDNS version 1', { edns: { ...ednsWith(), version: 1 } }, RCODE.BADVERS],
    ['answers in a query', { answer: [record('a. 1 A 192.0.2.1')] }, RCODE.FORMERR],
  ];
  test.each(cases)('%s', (_name, change, rcode) => {
    const refusal = refusalOf({ ...query, ...change }, { opcodes: [0], metaTypes: [TYPE.AXFR] });
    expect(refusal?.response).toMatchObject({ id: 4711, qr: true, rcode, answer: [], edns: { version: 0 } });
  });

  test('a plain question, and one for a meta type that is implemented, are answered', () => {
    const axfr = { ...query, question: [{ ...question, qtype: TYPE.AXFR }] };
    for (const one of [query, axfr]) expect(refusalOf(one, { opcodes: [0], metaTypes: [TYPE.AXFR] })).toBeNull();
  });
});

describe('DNS-50 a reply is matched to its query', () => {
  const reply = responseTo(query, {});
  test('by its identifier', () => {
    expect(mismatchOf(query, reply)).toBeNull();
    expect(mismatchOf(query, { ...reply, id: 4712 })).toMatch(/id is 4712/);
  });
  test('by its question, letter by letter', () => {
    expect(mismatchOf(query, { ...reply, question: [{ ...question, qname: parseName('www.cnn.com.') }] })).toMatch(
      /question/,
    );
    expect(mismatchOf(query, { ...reply, question: [{ ...question, qtype: TYPE.NS }] })).toMatch(/question/);
    expect(mismatchOf(query, { ...reply, question: [] })).toMatch(/no question/);
    expect(mismatchOf(query, { ...reply, question: [], rcode: RCODE.FORMERR })).toBeNull();
  });
  test('and by being a response', () => {
    expect(mismatchOf(query, query)).toMatch(/is a query/);
  });
});

test('a response over UDP is never larger than the asker takes, nor than 1232 octets', () => {
  expect(udpLimitFor({ ...query, edns: null })).toBe(512);
  for (const [size, limit] of [
    [100, 512],
    [512, 512],
    [900, 900],
    [4096, 1232],
  ] as const) {
    expect(udpLimitFor({ ...query, edns: { ...ednsWith(), udpPayloadSize: size } })).toBe(limit);
  }
});

test('the exchange of a query and its cause are carried in an EDNS option; strange ones are ignored', () => {
  const carrying = (data: Uint8Array) =>
    exchangeOf({ ...query, edns: ednsWith([{ code: EXCHANGE_OPTION_CODE, data }]) });
  expect(carrying(exchangeOption('stub-1.ab0', 'proxy.7').data)).toEqual({ exchange: 'stub-1.ab0', cause: 'proxy.7' });
  expect(carrying(exchangeOption('stub-1.ab0', undefined).data)).toEqual({ exchange: 'stub-1.ab0', cause: undefined });
  for (const strange of ['', ' ', '<script>', 'x'.repeat(500), '\xff\x00']) {
    expect(carrying(octetsOf(strange))).toEqual({ exchange: undefined, cause: undefined });
  }
  expect(exchangeOf({ ...query, edns: null }).exchange).toBeUndefined();
});

test('a response has EDNS where the query has it, and its DO bit (RFC 3225, section 3)', () => {
  expect(responseTo({ ...query, edns: null }, {}).edns).toBeNull();
  expect(responseTo({ ...query, edns: { ...ednsWith(), dnssecOk: true } }, {}).edns).toEqual({
    ...ednsWith(),
    dnssecOk: true,
  });
});

test('serial numbers are compared on a circle (RFC 1982)', () => {
  expect([isNewerSerial(2, 1), isNewerSerial(1, 2), isNewerSerial(1, 1), isNewerSerial(0, 0xffff_ffff)]).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

test('the lab is its network, and for an embedded lab the machine itself', () => {
  const clients = ['10.53.100.1', '10.54.100.1', '127.0.0.1', '127.0.0.99'];
  expect(clients.map((client) => isLabClient(client, '10.53'))).toEqual([true, false, false, false]);
  expect(isLabClient('127.0.0.1', '127.53')).toBe(true);
  expect(isLabClient('127.0.0.99', '127.53')).toBe(false);
});

test('a message is summarized in one line', () => {
  expect(summarizeMessage(query)).toBe('www.cnn.com A?');
  expect(summarizeMessage(responseTo(query, { answer: [record('a. 1 A 192.0.2.1')] }))).toBe('www.cnn.com A: 1 record');
  expect(summarizeMessage(responseTo(query, { rcode: RCODE.NXDOMAIN }))).toBe('www.cnn.com A: NXDOMAIN');
  expect(summarizeMessage(responseTo(query, { authority: [record('com. 1 NS ns.com.')] }))).toBe(
    'www.cnn.com A: ask the servers of com',
  );
  const notify = { ...query, opcode: OPCODE.NOTIFY };
  expect(summarizeMessage(notify)).toBe('NOTIFY www.cnn.com A');
  expect(summarizeMessage(responseTo(notify, {}))).toBe('NOTIFY www.cnn.com A: NOERROR');
  expect(summarizeMessage({ ...notify, question: [] })).toBe('NOTIFY');
});
