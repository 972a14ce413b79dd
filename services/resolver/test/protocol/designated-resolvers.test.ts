import { expect, test } from 'vitest';
import { queryFor } from '#shared/dns/message.ts';
import { formatName, parseName } from '#shared/dns/name-text.ts';
import { formatRdata } from '#shared/dns/rdata-text.ts';
import { CLASS, parseType, RCODE } from '#shared/dns/registry.ts';
import { answerOfDesignation, type Designation } from '../../src/protocol/designated-resolvers.ts';

const HERE: Designation = { name: 'resolver.topdown.org', address: '10.53.4.1', tlsPort: 853, httpsPort: 443 };

function ask(question: string, designation: Designation | null = HERE) {
  const [name = '', type = ''] = question.split(' ');
  const query = queryFor(
    { qname: parseName(name), qtype: parseType(type), qclass: CLASS.IN },
    { id: 1, rd: true, edns: null },
  );
  const response = answerOfDesignation(query, designation)?.response;
  if (response === undefined) return undefined;
  const lines = response.answer.map(
    ({ owner, type, rdata }) => `${formatName(owner)} ${formatRdata(type, CLASS.IN, rdata)}`,
  );
  return { rcode: response.rcode, lines, hasSoa: response.authority.length === 1 };
}

test('the resolver says where it is reached over HTTPS and over TLS (RFC 9462, section 4)', () => {
  expect(ask('_dns.resolver.arpa SVCB')?.lines).toEqual([
    '_dns.resolver.arpa. 1 resolver.topdown.org. alpn="h2,http/1.1" ipv4hint=10.53.4.1 dohpath="/dns-query{?dns}"',
    '_dns.resolver.arpa. 2 resolver.topdown.org. alpn="dot" ipv4hint=10.53.4.1',
  ]);
});

test('ports that are not the standard ones are named', () => {
  const lines = ask('_DNS.resolver.arpa SVCB', { ...HERE, tlsPort: 10_853, httpsPort: 10_443 })?.lines;
  expect(lines?.map((line) => /port=\d+/.exec(line)?.[0])).toEqual(['port=10443', 'port=10853']);
});

test.each([
  ['_dns.resolver.arpa A', RCODE.NOERROR],
  ['resolver.arpa NS', RCODE.NOERROR],
  ['other.resolver.arpa SVCB', RCODE.NXDOMAIN],
])('%s is answered here and not asked for upstream: a negative answer with its SOA (RFC 6303)', (question, rcode) => {
  expect(ask(question)).toEqual({ rcode, lines: [], hasSoa: true });
});

test('a resolver that serves neither TLS nor HTTPS says so', () => {
  expect(ask('_dns.resolver.arpa SVCB', null)).toEqual({ rcode: RCODE.NOERROR, lines: [], hasSoa: true });
});

test('other names are none of its business', () => {
  expect(ask('resolver.topdown.org A')).toBeUndefined();
  expect(ask('arpa NS')).toBeUndefined();
});
