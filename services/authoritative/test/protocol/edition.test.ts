import { expect, test } from 'vitest';
import { type Edition, judgeEdition, type Loaded, type Verdict } from '../../src/protocol/edition.ts';

const five: Edition = { serial: 5, digest: 'a' };
const file: Loaded = { edition: five, published: five, isStart: false, hasOtherServers: true };

const cases: [name: string, change: Partial<Loaded>, kind: Verdict['kind'], because: RegExp][] = [
  ['an unchanged file is no news', {}, 'unchanged', /serial 5, unchanged/],
  ['an unchanged file is no news at the start', { isStart: true }, 'unchanged', /unchanged/],
  ['a raised serial is told', { edition: { serial: 6, digest: 'b' } }, 'notify', /rose from 5 to 6$/],
  [
    'a serial raised while the server was away is told at the start (RFC 1996, section 4.1)',
    { edition: { serial: 6, digest: 'b' }, isStart: true },
    'notify',
    /while this server was away/,
  ],
  [
    'a change under the same serial is a mistake',
    { edition: { serial: 5, digest: 'b' } },
    'not-raised',
    /^the file changed but its serial did not rise: the secondaries keep the old data; raise 5/,
  ],
  ['and also at the start', { edition: { serial: 5, digest: 'b' }, isStart: true }, 'not-raised', /did not rise/],
  ['a serial that fell is one', { edition: { serial: 4, digest: 'b' } }, 'not-raised', /its serial 4 is not above 5/],
  [
    'a serial may pass the end of the circle (RFC 1982)',
    { edition: { serial: 3, digest: 'b' }, published: { serial: 0xffff_fff0, digest: 'a' } },
    'notify',
    /rose/,
  ],
  ['a zone that is new while the server runs is told', { published: undefined }, 'notify', /serial 5, new/],
  ['a first start is quiet', { published: undefined, isStart: true }, 'published', /serial 5, new/],
  [
    'without other servers there is nobody to tell, and no mistake',
    { edition: { serial: 5, digest: 'b' }, hasOtherServers: false },
    'published',
    /no other server/,
  ],
];

test.each(cases)('%s', (_name, change, kind, because) => {
  expect(judgeEdition({ ...file, ...change })).toEqual({ kind, because: expect.stringMatching(because) });
});
