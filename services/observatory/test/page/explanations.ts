import type { Explanation, Step } from '../../src/page/explanation.ts';

/** The end of an address, in the lab of these tests. */
const at = (suffix: string) => `127.53.${suffix}`;
const server = (name: string, suffix: string) => ({ name, address: at(suffix) });
const ROOT = server('a.root-servers.net.', '1.1');
const COM = server('ns.nic.com.', '2.1');
const AMAZON = server('dns1.amazon.com.', '3.1');
const NAME = { name: 'www.amazon.com.', type: 'A' };

const base: Explanation = {
  question: NAME,
  mode: 'iterate',
  exchange: 'resolver.ab12',
  rcode: 'NOERROR',
  answer: ['www.amazon.com. 300 IN A 127.53.10.2'],
  authority: [],
  errors: [],
  because: 'amazon.com answers: www.amazon.com has A',
  elapsedMs: 12.3,
  queries: 3,
  steps: [],
};

function asked(query: number, atMs: number, zone: string, to: typeof ROOT, because: string): Step[] {
  const candidate = {
    address: to.address,
    srttMs: null,
    timeoutMs: 800,
    failures: 0,
    standing: 'unknown',
    isChosen: true,
  };
  return [
    {
      kind: 'server',
      atMs,
      depth: 0,
      because: `${to.name} is asked: no server of ${zone} was asked before`,
      zone,
      ...to,
      candidates: [candidate],
    },
    { kind: 'query', atMs, depth: 0, because, query, ...NAME, server: to },
  ];
}

/** www.amazon.com with an empty cache: root, TLD, authoritative. */
export const COLD: Explanation = {
  ...base,
  steps: [
    { kind: 'question', atMs: 0, depth: 0, because: 'a client asks', ...NAME, for: 'client' },
    {
      kind: 'cache',
      atMs: 0,
      depth: 0,
      because: 'the cache does not know www.amazon.com A',
      ...NAME,
      found: 'nothing',
    },
    {
      kind: 'zone',
      atMs: 0,
      depth: 0,
      because: 'nothing nearer than the root is known',
      zone: '.',
      servers: [{ name: ROOT.name, addresses: [ROOT.address] }],
    },
    ...asked(1, 0.4, '.', ROOT, 'the root knows who serves com'),
    {
      ...{
        kind: 'reply',
        atMs: 3.1,
        depth: 0,
        because: 'the root says: com is served by ns.nic.com',
        query: 1,
        server: ROOT,
      },
      ...{ meaning: 'referral', zone: 'com.', elapsedMs: 2.7, records: ['com. 172800 IN NS ns.nic.com.'] },
      glue: [`ns.nic.com. 172800 IN A ${COM.address}`],
    },
    ...asked(2, 3.4, 'com.', COM, 'com knows who serves amazon.com'),
    {
      ...{
        kind: 'reply',
        atMs: 6.2,
        depth: 0,
        because: 'com says: amazon.com is served by dns1.amazon.com and dns2.amazon.com',
      },
      ...{ query: 2, server: COM, meaning: 'referral', zone: 'amazon.com.', elapsedMs: 2.8 },
      records: ['amazon.com. 172800 IN NS dns1.amazon.com.', 'amazon.com. 172800 IN NS dns2.amazon.com.'],
      glue: [`dns1.amazon.com. 172800 IN A ${AMAZON.address}`],
    },
    ...asked(3, 6.6, 'amazon.com.', AMAZON, 'amazon.com knows its own names'),
    {
      ...{
        kind: 'reply',
        atMs: 11.9,
        depth: 0,
        because: 'amazon.com answers: www.amazon.com has A',
        query: 3,
        server: AMAZON,
      },
      ...{ meaning: 'answer', elapsedMs: 5.3, records: ['www.amazon.com. 300 IN A 127.53.10.2'] },
    },
    {
      kind: 'answer',
      atMs: 12.3,
      depth: 0,
      because: 'amazon.com answers: www.amazon.com has A',
      rcode: 'NOERROR',
      records: base.answer,
    },
  ],
};

/** The same a minute later: the cache knows it. */
export const CACHED: Explanation = {
  ...base,
  queries: 0,
  elapsedMs: 0.2,
  steps: [
    { kind: 'question', atMs: 0, depth: 0, because: 'a client asks', ...NAME, for: 'client' },
    {
      ...{
        kind: 'cache',
        atMs: 0,
        depth: 0,
        because: 'cached 60 s ago, 240 s left',
        ...NAME,
        found: 'records',
        isStale: false,
      },
      ...{ records: ['www.amazon.com. 240 IN A 127.53.10.2'], ageS: 60, leftS: 240 },
    },
    {
      kind: 'answer',
      atMs: 0.2,
      depth: 0,
      because: 'cached 60 s ago, 240 s left',
      rcode: 'NOERROR',
      records: ['www.amazon.com. 240 IN A 127.53.10.2'],
    },
  ],
};

/** The same as a walk: the client itself asks, and the third server is silent. */
export const WALK: Explanation = {
  ...base,
  mode: 'walk',
  rcode: 'SERVFAIL',
  answer: [],
  steps: [
    ...COLD.steps.filter(
      ({ kind, query }) => kind !== 'cache' && !(kind === 'reply' && query === 3) && kind !== 'answer',
    ),
    {
      kind: 'silence',
      atMs: 806,
      depth: 0,
      because: 'nothing came from 127.53.3.1 in 800 ms',
      query: 3,
      server: AMAZON,
      meaning: 'silent',
    },
    { kind: 'moonlight', atMs: 900, depth: 0, because: 'a kind of step that the page does not know' },
    {
      kind: 'answer',
      atMs: 901,
      depth: 0,
      because: 'no server of amazon.com answered',
      rcode: 'SERVFAIL',
      records: [],
    },
  ],
};
