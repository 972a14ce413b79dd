import { beforeAll, describe, expect, test } from 'vitest';
import { canLosePackets, canMakeNetworks, runInPrivateNetwork } from '#shared/host/test/kit/private-network.ts';
import { hasPython } from '../kit/programs.ts';
import type { Bound } from './private/every-address.ts';
import type { FramesReport } from './private/frames.ts';
import type { LossReport } from './private/loss.ts';

const script = (name: string) => new URL(`./private/${name}.ts`, import.meta.url);

describe.runIf(canLosePackets)('when packets are lost', () => {
  let loss: LossReport;

  beforeAll(async () => {
    loss = await runInPrivateNetwork<LossReport>(script('loss'));
  });

  test('SOCK-04 both transports serve; under loss the answer over UDP fails to come, and over TCP it does not', () => {
    const all = ['HELLO', 'HELLO', 'HELLO'];
    expect(loss.answers.udp.undisturbed).toEqual(all);
    expect(loss.answers.tcp.undisturbed).toEqual(all);
    expect(loss.answers.udp.underLoss.toSorted()).toEqual(['', 'HELLO', 'HELLO']);
    expect(loss.answers.tcp.underLoss).toEqual(all);
  });

  test('SOCK-23 the octets of both directions arrive complete and in order, though packets are lost and come out of order', () => {
    const { sent, received, packetsLost, segmentsOutOfOrder } = loss.transfer;
    expect(packetsLost).toBeGreaterThan(20);
    expect(segmentsOutOfOrder).toBeGreaterThan(20);
    expect(received).toEqual(sent);
  });
});

test.runIf(canMakeNetworks)(
  'ARC-16 two processes of one host speak over a pipe without a frame on any wire',
  async () => {
    const { overPipe, overNetwork } = await runInPrivateNetwork<FramesReport>(script('frames'));
    expect(overPipe).toEqual({ answer: 'HELLO', frames: 0 });
    expect(overNetwork.answer).toBe('HELLO');
    expect(overNetwork.frames).toBeGreaterThanOrEqual(7);
  },
);

test.runIf(canMakeNetworks && hasPython)(
  'SOCK-13 a server alone has port 12000 of every address of its host',
  async () => {
    expect(await runInPrivateNetwork<Bound[]>(script('every-address'))).toEqual([
      { server: 'python udp', sockets: ['0.0.0.0:12000 UNCONNECTED'] },
      { server: 'typescript udp', sockets: ['0.0.0.0:12000 UNCONNECTED'] },
      { server: 'python tcp', sockets: ['0.0.0.0:12000 LISTEN'] },
      { server: 'typescript tcp', sockets: ['0.0.0.0:12000 LISTEN'] },
    ]);
  },
);
