import { describe, expect, test } from 'vitest';
import { parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { parseType } from '#shared/dns/registry.ts';
import { lookUp } from '../../src/protocol/lookup.ts';
import type { Rrset } from '../../src/protocol/zone.ts';
import { APEX, zoneOf } from '../zones.ts';

const ZONE = zoneOf(
  'example.',
  `${APEX}
@       MX 10 mail
mail    A 192.0.2.25
www     A 192.0.2.80
a.b.ent A 192.0.2.1
*.wild  A 192.0.2.2
exact.wild TXT "beside the wildcard"
*.alias CNAME www
one     CNAME two
two     CNAME www
missing CNAME nowhere
away    CNAME www.other.
loop    CNAME pool
pool    CNAME loop
into    CNAME host.sub
sub     NS ns.sub
sub     NS ns.sibling
sub     NS ns.elsewhere.
sub     DS 1 8 2 00
ns.sub  A 192.0.2.3
sibling NS ns.sibling
ns.sibling A 192.0.2.4
tree    DNAME forest
oak.forest A 192.0.2.5
far     DNAME ${'x'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(60)}.example.
odd     TYPE65280 \\# 2 ABCD
multi   TXT "1"
multi   TXT "2"
multi   A 192.0.2.6
`,
);

const SOA = 'example. 300 IN SOA ns.example. hostmaster.example. 1 3600 900 604800 300';

interface Expected {
  readonly kind: string;
  readonly answer?: string[];
  readonly authority?: string[];
  readonly additional?: string[];
}

/** Behaviours in the words of shared/checks: a question and what stands in the sections. */
const cases: [name: string, question: string, expected: Expected][] = [
  ['an address', 'www.example. A', { kind: 'answer', answer: ['www.example. 3600 IN A 192.0.2.80'] }],
  [
    'the case of the question is kept',
    'WWW.Example. A',
    { kind: 'answer', answer: ['WWW.Example. 3600 IN A 192.0.2.80'] },
  ],
  ['a type that the name does not have', 'www.example. MX', { kind: 'no-data', authority: [SOA] }],
  ['a name that does not exist', 'nope.example. A', { kind: 'name-error', authority: [SOA] }],
  ['an empty non-terminal is no name error (RFC 8020)', 'b.ent.example. A', { kind: 'no-data', authority: [SOA] }],
  ['a name below an empty non-terminal', 'x.ent.example. A', { kind: 'name-error', authority: [SOA] }],
  [
    'a wildcard answers with the name asked for',
    'x.y.wild.example. A',
    { kind: 'answer', answer: ['x.y.wild.example. 3600 IN A 192.0.2.2'] },
  ],
  ['a name beside the wildcard has its own types only', 'exact.wild.example. A', { kind: 'no-data', authority: [SOA] }],
  ['a name below it is not covered (RFC 4592)', 'x.exact.wild.example. A', { kind: 'name-error', authority: [SOA] }],
  ['a wildcard without the type', 'x.wild.example. MX', { kind: 'no-data', authority: [SOA] }],
  ['the wildcard itself', '*.wild.example. A', { kind: 'answer', answer: ['*.wild.example. 3600 IN A 192.0.2.2'] }],
  [
    'a wildcard that is an alias',
    'x.alias.example. A',
    { kind: 'answer', answer: ['x.alias.example. 3600 IN CNAME www.example.', 'www.example. 3600 IN A 192.0.2.80'] },
  ],
  [
    'a chain of aliases',
    'one.example. A',
    {
      kind: 'answer',
      answer: [
        'one.example. 3600 IN CNAME two.example.',
        'two.example. 3600 IN CNAME www.example.',
        'www.example. 3600 IN A 192.0.2.80',
      ],
    },
  ],
  ['the alias itself', 'one.example. CNAME', { kind: 'answer', answer: ['one.example. 3600 IN CNAME two.example.'] }],
  [
    'an alias of a missing name (RFC 6604)',
    'missing.example. A',
    { kind: 'name-error', answer: ['missing.example. 3600 IN CNAME nowhere.example.'], authority: [SOA] },
  ],
  [
    'an alias of a name with no such data',
    'one.example. AAAA',
    {
      kind: 'no-data',
      answer: ['one.example. 3600 IN CNAME two.example.', 'two.example. 3600 IN CNAME www.example.'],
      authority: [SOA],
    },
  ],
  [
    'an alias out of the zone',
    'away.example. A',
    { kind: 'alias-out-of-zone', answer: ['away.example. 3600 IN CNAME www.other.'] },
  ],
  [
    'a loop of aliases: each once',
    'loop.example. A',
    {
      kind: 'alias-loop',
      answer: ['loop.example. 3600 IN CNAME pool.example.', 'pool.example. 3600 IN CNAME loop.example.'],
    },
  ],
  [
    'an alias into a delegated zone',
    'into.example. A',
    {
      kind: 'referral',
      answer: ['into.example. 3600 IN CNAME host.sub.example.'],
      authority: [
        'sub.example. 3600 IN NS ns.sub.example.',
        'sub.example. 3600 IN NS ns.sibling.example.',
        'sub.example. 3600 IN NS ns.elsewhere.',
      ],
      additional: ['ns.sub.example. 3600 IN A 192.0.2.3', 'ns.sibling.example. 3600 IN A 192.0.2.4'],
    },
  ],
  [
    'a referral, with all addresses that are here, first of the servers inside (RFC 9471)',
    'host.sub.example. A',
    {
      kind: 'referral',
      authority: [
        'sub.example. 3600 IN NS ns.sub.example.',
        'sub.example. 3600 IN NS ns.sibling.example.',
        'sub.example. 3600 IN NS ns.elsewhere.',
      ],
      additional: ['ns.sub.example. 3600 IN A 192.0.2.3', 'ns.sibling.example. 3600 IN A 192.0.2.4'],
    },
  ],
  [
    'the NS records of a delegation',
    'sibling.example. NS',
    {
      kind: 'referral',
      authority: ['sibling.example. 3600 IN NS ns.sibling.example.'],
      additional: ['ns.sibling.example. 3600 IN A 192.0.2.4'],
    },
  ],
  [
    "the DS record of a delegation is the parent's",
    'sub.example. DS',
    { kind: 'answer', answer: ['sub.example. 3600 IN DS 1 8 2 00'] },
  ],
  ['no DS record at a delegation', 'sibling.example. DS', { kind: 'no-data', authority: [SOA] }],
  [
    'glue is no answer',
    'ns.sub.example. A',
    {
      kind: 'referral',
      authority: [
        'sub.example. 3600 IN NS ns.sub.example.',
        'sub.example. 3600 IN NS ns.sibling.example.',
        'sub.example. 3600 IN NS ns.elsewhere.',
      ],
      additional: ['ns.sub.example. 3600 IN A 192.0.2.3', 'ns.sibling.example. 3600 IN A 192.0.2.4'],
    },
  ],
  [
    'a DNAME, the alias it makes, and the target (RFC 6672)',
    'oak.tree.example. A',
    {
      kind: 'answer',
      answer: [
        'tree.example. 3600 IN DNAME forest.example.',
        'oak.tree.example. 3600 IN CNAME oak.forest.example.',
        'oak.forest.example. 3600 IN A 192.0.2.5',
      ],
    },
  ],
  ['the owner of a DNAME is not moved', 'tree.example. A', { kind: 'no-data', authority: [SOA] }],
  [
    'a DNAME that makes the name too long',
    `${'w'.repeat(63)}.far.example. A`,
    {
      kind: 'name-too-long',
      answer: [`far.example. 3600 IN DNAME ${'x'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(60)}.example.`],
    },
  ],
  [
    'ANY gets one RRset, the smallest (RFC 8482)',
    'multi.example. ANY',
    { kind: 'answer', answer: ['multi.example. 3600 IN A 192.0.2.6'] },
  ],
  [
    'an unknown type (RFC 3597)',
    'odd.example. TYPE65280',
    { kind: 'answer', answer: ['odd.example. 3600 IN TYPE65280 \\# 2 ABCD'] },
  ],
  [
    'MX brings the address of the mail server along',
    'example. MX',
    {
      kind: 'answer',
      answer: ['example. 3600 IN MX 10 mail.example.'],
      additional: ['mail.example. 3600 IN A 192.0.2.25'],
    },
  ],
];

describe('a look-up in a zone (RFC 1034, section 4.3.2)', () => {
  test.each(cases)('%s: %s', (_name, question, { kind, answer = [], authority = [], additional = [] }) => {
    const [qname, qtype] = question.split(' ');
    const outcome = lookUp(ZONE, parseName(qname!), parseType(qtype!));
    const lines = (rrsets: readonly Rrset[]) => rrsets.flatMap(({ records }) => records.map(formatRecord));
    expect({
      kind: outcome.kind,
      answer: lines(outcome.answer),
      authority: lines(outcome.authority),
      additional: lines(outcome.additional),
    }).toEqual({ kind, answer, authority, additional });
    expect(outcome.because).toMatch(/\w/);
  });
});
