import { expect, test } from 'vitest';
import { canLosePackets, runInPrivateNetwork } from '#shared/host/test/kit/private-network.ts';
import type { PageUnderLoss } from './private/page-under-loss.ts';

test.runIf(canLosePackets)(
  'WEB-10 with five packets of a hundred lost the page comes whole, and HTTP says the same words: TCP has repeated what was missing',
  async () => {
    const script = new URL('./private/page-under-loss.ts', import.meta.url);
    const { undisturbed, underLoss, packetsLost, segmentsRepeated } = await runInPrivateNetwork<PageUnderLoss>(script);

    expect(undisturbed.objects).toHaveLength(11);
    expect(packetsLost).toBeGreaterThan(0);
    expect(segmentsRepeated).toBeGreaterThan(0);
    expect(underLoss).toEqual(undisturbed);
  },
);
