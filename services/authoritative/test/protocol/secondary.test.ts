import { describe, expect, test } from 'vitest';
import type { SoaRdata } from '#shared/dns/rdata.ts';
import { initialState, type SecondaryInput, type SecondaryState, step } from '../../src/protocol/secondary.ts';
import { parseSecondaryList } from '../../src/protocol/secondary-list.ts';

const soa: SoaRdata = {
  kind: 'SOA',
  mname: [],
  rname: [],
  serial: 5,
  refresh: 3600,
  retry: 900,
  expire: 604_800,
  minimum: 300,
};
const copy = { soa, confirmedAt: 0 };
const idle: SecondaryState = { at: 'idle', copy, failures: 0 };
const asking: SecondaryState = { at: 'asking', copy, failures: 0 };
const copying: SecondaryState = { at: 'copying', copy, failures: 0 };

describe('a secondary (RFC 1034, section 4.3.5)', () => {
  const cases: [
    name: string,
    state: SecondaryState,
    input: SecondaryInput,
    now: number,
    at: string,
    outputs: object[],
  ][] = [
    ['that has nothing copies', initialState(null), { kind: 'due' }, 0, 'copying', [{ kind: 'copy' }]],
    ['that has a copy asks for the serial', idle, { kind: 'due' }, 0, 'asking', [{ kind: 'ask' }]],
    ['copies when the serial is newer', asking, { kind: 'serial', serial: 6 }, 0, 'copying', [{ kind: 'copy' }]],
    [
      'waits REFRESH when it is the same',
      asking,
      { kind: 'serial', serial: 5 },
      9,
      'idle',
      [{ kind: 'confirm' }, { kind: 'wait', ms: 3_600_000 }],
    ],
    [
      'keeps its zone when the serial went back',
      asking,
      { kind: 'serial', serial: 4 },
      9,
      'idle',
      [{ kind: 'confirm' }, { kind: 'wait', ms: 3_600_000 }],
    ],
    [
      'waits REFRESH after a copy',
      copying,
      { kind: 'copied', soa },
      9,
      'idle',
      [{ kind: 'confirm' }, { kind: 'wait', ms: 3_600_000 }],
    ],
    ['tries again soon after the first failure', asking, { kind: 'failed' }, 9, 'idle', [{ kind: 'wait', ms: 50 }]],
    [
      'tries every RETRY in the end',
      { ...asking, failures: 20 },
      { kind: 'failed' },
      9,
      'idle',
      [{ kind: 'wait', ms: 900_000 }],
    ],
    [
      'serves no longer after EXPIRE',
      asking,
      { kind: 'failed' },
      604_800_000,
      'idle',
      [{ kind: 'withdraw' }, { kind: 'wait', ms: 50 }],
    ],
    [
      'is woken at EXPIRE, not after it',
      { ...asking, failures: 20 },
      { kind: 'failed' },
      604_799_000,
      'idle',
      [{ kind: 'wait', ms: 1_000 }],
    ],
    [
      'without a copy tries ever more slowly',
      { at: 'copying', copy: null, failures: 20 },
      { kind: 'failed' },
      0,
      'idle',
      [{ kind: 'wait', ms: 30_000 }],
    ],
    ['does not ask twice', asking, { kind: 'due' }, 0, 'asking', []],
    ['ignores a late serial', idle, { kind: 'serial', serial: 9 }, 0, 'idle', []],
    ['ignores a late copy', idle, { kind: 'copied', soa }, 0, 'idle', []],
    ['ignores a late failure', idle, { kind: 'failed' }, 0, 'idle', []],
  ];
  test.each(cases)('%s', (_name, state, input, now, at, outputs) => {
    const stepped = step(state, input, now);
    expect(stepped.state.at).toBe(at);
    expect(stepped.outputs).toEqual(outputs);
  });
});

describe('the list of copied zones', () => {
  test('names a zone and the address of its primary on each line', () => {
    expect(parseSecondaryList('# comment\n.\t10.53.1.1\ncnn.com 10.53.3.1 # more\n\n', 'secondary', '127.53')).toEqual([
      { origin: [], primary: '127.53.1.1' },
      { origin: ['cnn', 'com'], primary: '127.53.3.1' },
    ]);
  });
  test.each(['cnn.com', 'cnn.com dns1.cnn.com', 'cnn.com 10.53.3.1 10.53.3.2', 'a..b 10.53.3.1'])(
    '%j is refused with its line',
    (line) => {
      expect(() => parseSecondaryList(`# first\n${line}`, 'secondary', '10.53')).toThrow(/^secondary:2: /);
    },
  );
});
