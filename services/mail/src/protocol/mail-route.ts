/** Which hosts take mail for a domain, in what order, and what it means when none of them does: RFC 5321, section 5.1. */
import { type DeliveryOutcome, temporaryFailure } from './delivery-outcome.ts';
import type { SmtpReply } from './smtp-reply.ts';

export interface MxRecord {
  readonly preference: number;
  /** A host name; "." or empty for a null MX (RFC 7505). */
  readonly exchange: string;
}

export type MailRoute =
  | { readonly kind: 'hosts'; readonly hosts: readonly string[]; readonly because: string }
  | { readonly kind: 'none'; readonly status: string; readonly because: string };

/** Hosts that are tried in one attempt at most. */
const HOSTS_MAX = 10;

/**
 * The hosts to try, best first.
 * @param own the names of this server, which must not send to itself.
 * @param random numbers from 0 to 1, for the order of equal preferences.
 */
export function chooseMailRoute(records: readonly MxRecord[], own: readonly string[], random: () => number): MailRoute {
  const named = records.map(({ preference, exchange }) => ({
    preference,
    exchange: exchange.replace(/\.$/, '').toLowerCase(),
  }));
  // RFC 7505, section 3: a single MX with the root as its exchange says that the domain takes no mail.
  if (named.length > 0 && named.every(({ exchange }) => exchange === '')) {
    return { kind: 'none', status: '5.1.10', because: 'the domain has a null MX: it takes no mail' };
  }
  const usable = named.filter(({ exchange }) => exchange !== '');
  const ownPreference = Math.min(
    ...usable.filter(({ exchange }) => own.includes(exchange)).map(({ preference }) => preference),
  );
  // Records of its own preference and of higher ones lead back here: all of them are dropped.
  const others = usable.filter(({ preference }) => preference < ownPreference);
  if (others.length === 0) {
    return {
      kind: 'none',
      status: '5.4.6',
      because: 'the best mail exchanger is this server itself, which does not know the domain',
    };
  }
  const hosts = others
    .map((record) => ({ ...record, lot: random() }))
    .sort((one, other) => one.preference - other.preference || one.lot - other.lot)
    .slice(0, HOSTS_MAX)
    .map(({ exchange }) => exchange);
  return { kind: 'hosts', hosts, because: `MX records by rising preference: ${hosts.join(', ')}` };
}

/**
 * What it means that a server did not begin a conversation.
 * @param reply what it said instead of a greeting, or to EHLO; null when it said nothing
 */
export function greetingFailure(
  server: string,
  reply: SmtpReply | null,
  because: string,
  isTls: boolean,
): DeliveryOutcome {
  // RFC 5321, section 3.1, and RFC 7504: 554 or 521 in place of a greeting says that no mail is taken here.
  if (reply?.code === 521 || reply?.code === 554) return { kind: 'permanent', reply, by: server };
  // RFC 3463, section 3.8: 4.7.5, cryptographic failure.
  if (isTls) return temporaryFailure('4.7.5', because, false);
  if (reply !== null) return { kind: 'temporary', reply, by: server, isUnreachable: false };
  return temporaryFailure('4.4.1', because, true);
}

/** The failure that stands for all servers of a domain: one that may be over tomorrow outweighs those that are final. */
export function bestFailure(failures: readonly DeliveryOutcome[]): DeliveryOutcome | null {
  return failures.find(({ kind }) => kind === 'temporary') ?? failures[0] ?? null;
}
