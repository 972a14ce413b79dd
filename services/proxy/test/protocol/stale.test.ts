import { describe, expect, test } from 'vitest';
import { cacheControl } from '#shared/http/cache-control.ts';
import { mayCoverFailure } from '../../src/protocol/stale.ts';
import { cc, NOW, stored } from './sample-messages.ts';

describe('may a copy stand in for an origin that fails (RFC 9111, section 4.2.4; RFC 5861, section 4)', () => {
  test.each<[string, string, string, 'stale' | 'request', number, boolean]>([
    ['nothing is said', 'max-age=10', '', 'stale', 999, true],
    ['must-revalidate', 'max-age=10, must-revalidate', '', 'stale', 11, false],
    ['MUST-REVALIDATE', 'max-age=10, MUST-REVALIDATE', '', 'stale', 11, false],
    ['proxy-revalidate', 'max-age=10, proxy-revalidate', '', 'stale', 11, false],
    ['s-maxage', 's-maxage=10', '', 'stale', 11, false],
    ['no-cache', 'max-age=10, no-cache', '', 'stale', 5, false],
    ['no-cache of one field', 'max-age=10, no-cache="X"', '', 'stale', 11, true],
    ['within stale-if-error', 'max-age=10, stale-if-error=5', '', 'stale', 15, true],
    ['after stale-if-error', 'max-age=10, stale-if-error=5', '', 'stale', 16, false],
    ['must-revalidate before stale-if-error', 'max-age=10, must-revalidate, stale-if-error=5', '', 'stale', 11, false],
    ['the request wants no copy', 'max-age=10', 'no-cache', 'request', 5, false],
    ['the request allows it then', 'max-age=10', 'max-age=0, stale-if-error=60', 'request', 11, true],
    ['the window of the request counts first', 'max-age=10, stale-if-error=60', 'stale-if-error=1', 'stale', 15, false],
    ['an invalid window says nothing', 'max-age=10, stale-if-error=x', '', 'stale', 999, true],
  ])('%s', (_name, told, asked, reason, ageS, serve) => {
    const head = stored(cc(told));
    const decision = mayCoverFailure(cacheControl(cc(asked)), head, reason, NOW + ageS * 1000);
    expect(decision.serve, decision.because).toBe(serve);
    expect(decision.because).not.toBe('');
  });
});
