import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * What every form carries to prove that the shop made it for this visitor and this session: a page of elsewhere can make a
 * browser send the cookies, but it cannot read them, and without them nobody computes this. It changes with each of the two.
 */
export function formToken(visitorId: string, sessionToken: string | null): string {
  return createHmac('sha256', `${visitorId} ${sessionToken ?? ''}`)
    .update('form')
    .digest('base64url');
}

/** Compared in the same time wherever they differ. */
export function isSameToken(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
