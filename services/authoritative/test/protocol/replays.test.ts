import { describe, expect, test } from 'vitest';
import { Replays } from '../../src/protocol/replays.ts';

const NOW = 1_000_000;
const signature = (mac: string, timeSigned = NOW) => ({ mac, timeSigned, fudge: 300 });

describe('attack 16: a signature', () => {
  test('that comes again from its own client is a retransmission, and from anybody else a replay', () => {
    const replays = new Replays<string>();
    expect(replays.recall(signature('a'), '10.53.100.1:4000')).toEqual({ kind: 'new' });
    replays.remember(signature('a'), '10.53.100.1:4000', 'the answer', NOW);
    expect(replays.recall(signature('a'), '10.53.100.1:4000')).toEqual({ kind: 'again', answer: 'the answer' });
    expect(replays.recall(signature('a'), '10.53.100.1:4001')).toMatchObject({ kind: 'replay' });
    expect(replays.recall(signature('b'), '10.53.100.1:4001')).toEqual({ kind: 'new' });
  });

  test('that an earlier run has seen is a replay, whoever sends it', () => {
    const replays = new Replays<string>();
    replays.remember(signature('a'), null, null, NOW);
    expect(replays.recall(signature('a'), '10.53.100.1:4000')).toMatchObject({ kind: 'replay' });
  });

  test('is remembered as long as it is good, and among so many that memory is bounded: older ones are refused then', () => {
    const replays = new Replays<number>();
    replays.remember(signature('old', NOW - 301), 'client', 0, NOW);
    expect(replays.recall(signature('old', NOW - 301), 'client')).toEqual({ kind: 'new' });
    for (let turn = 0; turn < 20_010; turn += 1)
      replays.remember(signature(`${turn}`, NOW + (turn >> 3)), 'client', turn, NOW);
    expect(replays.recall(signature('20009', NOW), 'client')).toEqual({ kind: 'again', answer: 20_009 });
    // The first ten were forgotten; nothing that old is believed now, and nothing younger is in doubt.
    expect(replays.recall(signature('0', NOW), 'client')).toMatchObject({ kind: 'replay' });
    expect(replays.recall(signature('never seen', NOW + 1), 'client')).toMatchObject({ kind: 'replay' });
    expect(replays.recall(signature('never seen', NOW + 2), 'client')).toEqual({ kind: 'new' });
    replays.remember(signature('young', NOW + 5_000), 'client', 1, NOW + 5_000);
    expect(replays.recall(signature('20000', NOW + 2_500), 'client')).toEqual({ kind: 'new' });
  });
});
