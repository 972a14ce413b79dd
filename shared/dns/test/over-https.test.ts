import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { queryFor, responseTo } from '../message.ts';
import { type DohHead, freshnessS, readDohRequest } from '../over-https.ts';
import { RCODE } from '../registry.ts';
import { record } from './records.ts';

const GET: DohHead = {
  method: 'GET',
  target: '/dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB',
  accept: 'application/dns-message',
  contentType: undefined,
  contentEncoding: undefined,
  contentLength: undefined,
};
const POST: DohHead = { ...GET, method: 'POST', target: '/dns-query', contentType: 'application/dns-message' };

/** The query of the example in RFC 8484, section 4.1.1: www.example.com A. */
const WWW_EXAMPLE_COM = Uint8Array.fromHex('00000100000100000000000003777777076578616d706c6503636f6d0000010001');

describe('a query', () => {
  test('comes by GET as base64url in the target (RFC 8484, section 4.1.1)', () => {
    expect(readDohRequest(GET)).toEqual({ kind: 'query', octets: WWW_EXAMPLE_COM });
  });

  test.each([
    ['in absolute form', 'https://resolver.topdown.org/dns-query?dns=AAAB'],
    ['beside other parameters', '/dns-query?ct&dns=AAAB&x=1'],
    ['with padding', '/dns-query?dns=AAA='],
    ['with encoded padding', '/dns-query?dns=AA%3D%3d'],
  ])('is found %s', (_where, target) => {
    expect(readDohRequest({ ...GET, target }).kind).toBe('query');
  });

  test('comes by POST as the body (RFC 8484, section 4.1)', () => {
    expect(readDohRequest(POST)).toEqual({ kind: 'body' });
    expect(readDohRequest({ ...POST, contentType: 'Application/DNS-Message; x=y', contentLength: '33' }).kind).toBe(
      'body',
    );
  });

  test.each([
    undefined,
    '',
    '*/*',
    'text/html, application/*;q=0.5',
    'text/html,*/*;q=0.8',
    'application/dns-message;q=1.0',
  ])('is answered to who accepts "%s"', (accept) => {
    expect(readDohRequest({ ...GET, accept }).kind).toBe('query');
  });
});

describe('a request that is no query is refused', () => {
  test.each<[number, string, DohHead]>([
    [400, 'without the parameter', { ...GET, target: '/dns-query' }],
    [400, 'with an empty one', { ...GET, target: '/dns-query?dns=' }],
    [400, 'with two', { ...GET, target: '/dns-query?dns=AAAB&dns=AAAB' }],
    [400, 'in plain base64', { ...GET, target: '/dns-query?dns=AA+/' }],
    [400, 'with blanks inside', { ...GET, target: '/dns-query?dns=AA%20AA' }],
    [400, 'with a letter too many', { ...GET, target: '/dns-query?dns=AAAAA' }],
    [404, 'at another path', { ...GET, target: '/' }],
    [404, 'at a longer path', { ...GET, target: '/dns-query/?dns=AAAB' }],
    [405, 'by another method', { ...GET, method: 'PUT' }],
    [406, 'by who wants another type', { ...GET, accept: 'application/dns-json, text/html' }],
    [406, 'by who does not want this one', { ...GET, accept: 'application/dns-message;q=0, */*' }],
    [413, 'with a body longer than any message', { ...POST, contentLength: '65536' }],
    [414, 'with an endless target', { ...GET, target: `/dns-query?dns=${'A'.repeat(9_000)}` }],
    [415, 'with a body of another type', { ...POST, contentType: 'application/json' }],
    [415, 'with a body of no type', { ...POST, contentType: undefined }],
    [415, 'with a compressed body', { ...POST, contentEncoding: 'gzip' }],
  ])('by %i %s', (status, _how, head) => {
    expect(readDohRequest(head)).toMatchObject({
      kind: 'refusal',
      status,
      because: expect.stringMatching(/^[A-Z].{20,}/),
    });
  });

  test('and nothing in a request makes the reader fail', () => {
    const text = fc.option(fc.string(), { nil: undefined });
    const anyHead = fc.record({
      method: fc.oneof(fc.constantFrom('GET', 'POST', 'HEAD'), fc.string()),
      target: fc.oneof(
        fc.string(),
        fc.string().map((rest) => `/dns-query?dns=${rest}`),
      ),
      accept: text,
      contentType: fc.oneof(text, fc.constant('application/dns-message')),
      contentEncoding: text,
      contentLength: text,
    });
    fc.assert(fc.property(anyHead, (head) => ['query', 'body', 'refusal'].includes(readDohRequest(head).kind)));
  });
});

describe('a response may be kept', () => {
  const query = queryFor({ qname: ['www'], qtype: 1, qclass: 1 }, { id: 0, rd: true, edns: null });
  const soa = record('com. 900 SOA a.com. b.com. 1 2 3 4 60');

  test('for as long as its shortest TTL (RFC 8484, section 5.1)', () => {
    const answer = [record('www. 300 CNAME web.'), record('web. 30 A 192.0.2.1')];
    expect(freshnessS(responseTo(query, { answer, authority: [record('com. 5 NS a.com.')] }))).toBe(30);
  });

  test('for as long as the SOA says, where there is no such name or data (RFC 2308, section 5)', () => {
    expect(freshnessS(responseTo(query, { authority: [soa] }))).toBe(60);
    expect(freshnessS(responseTo(query, { rcode: RCODE.NXDOMAIN, authority: [soa] }))).toBe(60);
  });

  test('not at all after a failure, or where nothing says for how long', () => {
    expect(freshnessS(responseTo(query, { rcode: RCODE.SERVFAIL, answer: [record('www. 300 A 192.0.2.1')] }))).toBe(0);
    expect(freshnessS(responseTo(query, {}))).toBe(0);
  });
});
