import type { Particulars } from './application.ts';

/**
 * A registration, as the registrar keeps it. Its status has the words of EPP: `pendingCreate` is accepted by the registrar,
 * but not yet in the registry's zone (RFC 5731, section 2.3), so that the name does not resolve yet.
 */
export interface Registration extends Particulars {
  readonly name: string;
  readonly status: 'pendingCreate';
  /** Lab time, in milliseconds since 1970. */
  readonly createdAt: number;
  readonly changedAt: number;
  /** Goes up by one with each change: a change of something else than the last revision is refused. */
  readonly revision: number;
  /** SHA-256 of the holder's secret, in hexadecimal. The secret itself is told once and kept nowhere. */
  readonly secretHash: string;
}

/** What everybody may know of a registration. */
export interface PublicRegistration extends Particulars {
  readonly name: string;
  readonly status: Registration['status'];
  readonly createdAt: string;
  readonly changedAt: string;
}

/** A registration without what only its holder may know, times in the form of RFC 3339. */
export function publicPart(registration: Registration, timeText: (ms: number) => string): PublicRegistration {
  const { name, status, registrant, nameServers, createdAt, changedAt } = registration;
  return { name, status, registrant, nameServers, createdAt: timeText(createdAt), changedAt: timeText(changedAt) };
}
