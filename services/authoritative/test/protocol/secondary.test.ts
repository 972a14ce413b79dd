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
const asking: SecondaryState = { at: 'asking', copy, failures: 0, news: null };
const copying: SecondaryState = { at: 'copying', copy, failures: 0, news: null };
const ask = (reason: string) => ({ kind: 'ask', because: `${reason}: is there a newer serial?` });
const NOTIFIED = 'the primary sent a NOTIFY';

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
    ['that has a copy asks for the serial', idle, { kind: 'due' }, 0, 'asking', [ask('the time to refresh has come')]],
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
      { at: 'copying', copy: null, failures: 20, news: null },
      { kind: 'failed' },
      0,
      'idle',
      [{ kind: 'wait', ms: 30_000 }],
    ],
    ['does not ask twice', asking, { kind: 'due' }, 0, 'asking', []],
    [
      'asks at once for what a NOTIFY announces',
      { ...idle, failures: 9 },
      { kind: 'notified', serial: 6 },
      9,
      'asking',
      [ask(NOTIFIED)],
    ],
    ['asks when a NOTIFY names no serial', idle, { kind: 'notified', serial: null }, 9, 'asking', [ask(NOTIFIED)]],
    ['asks when a NOTIFY names an older serial', idle, { kind: 'notified', serial: 4 }, 9, 'asking', [ask(NOTIFIED)]],
    ['has nothing to do for a serial that is here', idle, { kind: 'notified', serial: 5 }, 9, 'idle', []],
    [
      'copies at once when it has nothing',
      { ...initialState(null), failures: 9 },
      { kind: 'notified', serial: 5 },
      9,
      'copying',
      [{ kind: 'copy' }],
    ],
    ['notes a NOTIFY while it asks', asking, { kind: 'notified', serial: 6 }, 9, 'asking', []],
    ['notes a NOTIFY while it copies', copying, { kind: 'notified', serial: 6 }, 9, 'copying', []],
    [
      'asks again when the answer was older than the NOTIFY',
      { ...asking, news: { serial: 6 } },
      { kind: 'serial', serial: 5 },
      9,
      'asking',
      [{ kind: 'confirm' }, ask(NOTIFIED)],
    ],
    [
      'asks again when the copy is not what the NOTIFY announced',
      { ...copying, news: { serial: 6 } },
      { kind: 'copied', soa },
      9,
      'asking',
      [{ kind: 'confirm' }, ask(NOTIFIED)],
    ],
    [
      'is done when the copy is what the NOTIFY announced',
      { ...copying, news: { serial: 5 } },
      { kind: 'copied', soa },
      9,
      'idle',
      [{ kind: 'confirm' }, { kind: 'wait', ms: 3_600_000 }],
    ],
    [
      'tries again soon when a NOTIFY came meanwhile',
      { ...asking, failures: 20, news: { serial: 6 } },
      { kind: 'failed' },
      9,
      'idle',
      [{ kind: 'wait', ms: 50 }],
    ],
    ['ignores a late serial', idle, { kind: 'serial', serial: 9 }, 0, 'idle', []],
    ['ignores a late copy', idle, { kind: 'copied', soa }, 0, 'idle', []],
    ['ignores a late failure', idle, { kind: 'failed' }, 0, 'idle', []],
  ];
  test.each(cases)('%s', (_name, state, input, now, at, outputs) => {
    const stepped = step(state, input, now);
    expect(stepped.state.at).toBe(at);
    expect(stepped.outputs).toEqual(outputs);
  });

  test('many NOTIFY messages while it copies cost one question afterwards (RFC 1996, section 4.4)', () => {
    const announced = (state: SecondaryState, serials: readonly number[]) =>
      serials.reduce((now, serial) => step(now, { kind: 'notified', serial }, 9).state, state);
    const same = step(announced(copying, [5, 5, 5]), { kind: 'copied', soa }, 9);
    expect(same.outputs.map(({ kind }) => kind)).toEqual(['confirm', 'wait']);
    // Messages may overtake each other: after 6 and then 5, having 5 is not enough.
    for (const serials of [
      [5, 6],
      [6, 5],
    ]) {
      const { state, outputs } = step(announced(copying, serials), { kind: 'copied', soa }, 9);
      expect(outputs.map(({ kind }) => kind)).toEqual(['confirm', 'ask']);
      expect(step(state, { kind: 'serial', serial: 5 }, 9).outputs.map(({ kind }) => kind)).toEqual([
        'confirm',
        'wait',
      ]);
    }
  });
});

describe('the list of copied zones', () => {
  test('names a zone and the address of its primary on each line', () => {
    const text = '# comment\n.\t10.53.1.1\ncnn.com 10.53.3.1 # more\n\nfoo.com 10.53.3.1 key owner.\n';
    expect(parseSecondaryList(text, 'secondary', '127.53')).toEqual([
      { origin: [], primary: '127.53.1.1', key: null },
      { origin: ['cnn', 'com'], primary: '127.53.3.1', key: null },
      { origin: ['foo', 'com'], primary: '127.53.3.1', key: ['owner'] },
    ]);
  });
  test.each(['cnn.com', 'cnn.com dns1.cnn.com', 'cnn.com 10.53.3.1 10.53.3.2', 'a..b 10.53.3.1', 'a 10.53.3.1 key'])(
    '%j is refused with its line',
    (line) => {
      expect(() => parseSecondaryList(`# first\n${line}`, 'secondary', '10.53')).toThrow(/^secondary:2: /);
    },
  );
});
