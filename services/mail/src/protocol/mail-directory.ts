/**
 * Who has mail here: the domains of a mail server, its accounts, and its aliases. An alias leads to accounts of this host
 * and to addresses elsewhere (RFC 5321, section 3.9.1).
 */
import type { Account } from './account-list.ts';
import { type AliasList, sameName } from './alias-list.ts';
import { formatMailboxAddress, type MailboxAddress, parseMailboxAddress } from './mailbox-address.ts';

export interface MailDirectory {
  /** In lower case; the first is the one that own addresses are written with. */
  readonly domains: readonly string[];
  readonly accounts: ReadonlyMap<string, Account>;
  readonly aliases: AliasList;
}

/** Where a forward-path ends: a maildrop of this host, or an address of another domain. */
export type Destination =
  | { readonly kind: 'maildrop'; readonly account: string }
  | { readonly kind: 'elsewhere'; readonly address: MailboxAddress };

/** Aliases that lead to aliases are followed this far. */
const ALIAS_DEPTH_MAX = 10;
/** Destinations that one forward-path may lead to. */
const DESTINATIONS_MAX = 200;

export function isOwnDomain(domain: string, directory: MailDirectory): boolean {
  return directory.domains.includes(domain);
}

/** Where mail for `localPart` of an own domain goes; nothing when nobody has that name. */
export function destinationsOf(localPart: string, directory: MailDirectory): readonly Destination[] {
  const found = new Map<string, Destination>();
  followName(localPart, directory, new Set(), found);
  return [...found.values()].slice(0, DESTINATIONS_MAX);
}

/** A name of this host, never an address: `"x@other.example"@crepes.fr` is nobody here, and not x of other.example. */
function followName(
  localPart: string,
  directory: MailDirectory,
  seen: Set<string>,
  found: Map<string, Destination>,
): void {
  const name = sameName(localPart);
  // An alias that leads back to itself ends here: a name is followed once.
  if (seen.has(name) || seen.size > ALIAS_DEPTH_MAX * DESTINATIONS_MAX) return;
  seen.add(name);
  const targets = directory.aliases.get(name);
  // An alias may name itself to keep a copy: `alice: alice, alice@elsewhere.example`.
  if (directory.accounts.has(name) && (targets === undefined || targets.some((one) => sameName(one) === name))) {
    found.set(name, { kind: 'maildrop', account: name });
  }
  for (const next of targets ?? []) followTarget(next, directory, seen, found);
}

function followTarget(
  target: string,
  directory: MailDirectory,
  seen: Set<string>,
  found: Map<string, Destination>,
): void {
  if (!target.includes('@')) {
    followName(target, directory, seen, found);
    return;
  }
  const address = parseMailboxAddress(target);
  if (isOwnDomain(address.domain, directory)) followName(address.localPart, directory, seen, found);
  else found.set(formatMailboxAddress(address), { kind: 'elsewhere', address });
}

/** Whether `account` may write as `address`: its own name, or an alias that leads to nobody else. */
export function ownsAddress(account: string, address: MailboxAddress, directory: MailDirectory): boolean {
  if (!isOwnDomain(address.domain, directory)) return false;
  const destinations = destinationsOf(address.localPart, directory);
  const [only] = destinations;
  return (
    address.localPart.toLowerCase() === account ||
    (destinations.length === 1 && only?.kind === 'maildrop' && only.account === account)
  );
}
