import { expect, test } from 'vitest';
import { canLosePackets, runInPrivateNetwork } from '#shared/host/test/kit/private-network.ts';
import type { MailUnderLoss } from './private/mail-under-loss.ts';

test.runIf(canLosePackets)(
  'MAIL-07 with five packets of a hundred lost a message comes whole from server to server and to its reader: TCP has repeated what was missing',
  async () => {
    const script = new URL('./private/mail-under-loss.ts', import.meta.url);
    const { sent, received, port, packetsLost, segmentsRepeated } = await runInPrivateNetwork<MailUnderLoss>(script);

    expect(packetsLost).toBeGreaterThan(0);
    expect(segmentsRepeated).toBeGreaterThan(0);
    expect(port).toBe(25);
    expect(received).toBe(sent);
  },
);
