/** Which hosts take mail for a domain, and in what order: RFC 5321, section 5.1. */

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
