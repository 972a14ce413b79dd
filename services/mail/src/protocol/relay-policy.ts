/**
 * Whose mail is taken, and for whom: RFC 5321, section 3.6.2 (no open relay) for port 25, RFC 6409 for submission. Every
 * answer carries its reason.
 */
import { type Destination, destinationsOf, isOwnDomain, type MailDirectory, ownsAddress } from './mail-directory.ts';
import { formatMailboxAddress, type MailboxAddress } from './mailbox-address.ts';
import type { SmtpReply } from './smtp-reply.ts';

/** Which of the two doors a client came in by. */
export type Door = { readonly kind: 'relay' } | { readonly kind: 'submission'; readonly account: string | null };

export type Verdict =
  | { readonly kind: 'accept'; readonly destinations: readonly Destination[]; readonly because: string }
  | { readonly kind: 'refuse'; readonly reply: SmtpReply; readonly because: string };

/** @param reversePath null for the null reverse-path `<>`. */
export function judgeSender(door: Door, reversePath: MailboxAddress | null, directory: MailDirectory): Verdict {
  if (door.kind === 'relay') return accept([], 'any sender may write to the mailboxes of this server');
  if (door.account === null) {
    // RFC 6409, section 4.3: submission requires authentication.
    return refuse(
      530,
      '5.7.0',
      'Authentication required',
      'the submission port serves only users who have said who they are',
    );
  }
  // A receipt notification is submitted with the null reverse-path (RFC 8098, section 2.1).
  if (reversePath === null) return accept([], 'the null reverse-path belongs to nobody');
  if (ownsAddress(door.account, reversePath, directory))
    return accept([], 'the address belongs to the user who logged in');
  const address = formatMailboxAddress(reversePath);
  return refuse(
    553,
    '5.7.1',
    `Not your address: you are ${door.account}`,
    `${address} does not belong to ${door.account}`,
  );
}

/** @param forwardPath null for `<postmaster>` without a domain (RFC 5321, section 4.1.1.3). */
export function judgeRecipient(door: Door, forwardPath: MailboxAddress | null, directory: MailDirectory): Verdict {
  const localPart = forwardPath?.localPart ?? 'postmaster';
  if (forwardPath === null || isOwnDomain(forwardPath.domain, directory)) {
    const destinations = destinationsOf(localPart, directory);
    if (destinations.length > 0) return accept(destinations, `${localPart} has a mailbox here`);
    return refuse(550, '5.1.1', 'No such user here', `nobody is called ${localPart} in accounts or aliases`);
  }
  if (door.kind === 'submission' && door.account !== null) {
    const because = `${door.account} logged in, so mail for ${forwardPath.domain} is sent on`;
    return accept([{ kind: 'elsewhere', address: forwardPath }], because);
  }
  // RFC 5321, section 7.1: a server that relays for everyone is used for abuse.
  const because = `${forwardPath.domain} is not a domain of this server, and the client is not one of its users`;
  return refuse(550, '5.7.1', 'Relaying denied', because);
}

function accept(destinations: readonly Destination[], because: string): Verdict {
  return { kind: 'accept', destinations, because };
}

function refuse(code: number, status: string, text: string, because: string): Verdict {
  return { kind: 'refuse', reply: { code, status, text }, because };
}
