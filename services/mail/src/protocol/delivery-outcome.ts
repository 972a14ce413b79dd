/** What became of one attempt to deliver to one recipient. */
import { type SmtpReply, statusOf } from './smtp-reply.ts';

export type DeliveryOutcome =
  | {
      readonly kind: 'accepted';
      readonly reply: SmtpReply;
      /** Who answered: a mail server's name, or null for a maildrop of this host. */
      readonly by: string | null;
      /** Whether that server reports on the delivery itself, because it offers DSN (RFC 3461, section 6.2). */
      readonly reportsItself: boolean;
    }
  | {
      readonly kind: 'temporary';
      readonly reply: SmtpReply;
      readonly by: string | null;
      /** True when no server answered at all, so that the first answer of it is a reason to try at once. */
      readonly isUnreachable: boolean;
    }
  | { readonly kind: 'permanent'; readonly reply: SmtpReply; readonly by: string | null };

/** The outcome that a server's reply means: RFC 5321, section 4.2.1, by its first digit. */
export function outcomeOf(reply: SmtpReply, by: string, reportsItself: boolean): DeliveryOutcome {
  if (reply.code >= 200 && reply.code < 300) return { kind: 'accepted', reply, by, reportsItself };
  if (reply.code >= 500 && reply.code < 600) return { kind: 'permanent', reply, by };
  return { kind: 'temporary', reply, by, isUnreachable: false };
}

/** A failure of ours, in the form of a reply, so that it is kept and reported like one. */
export function temporaryFailure(status: string, text: string, isUnreachable: boolean): DeliveryOutcome {
  return { kind: 'temporary', reply: { code: 451, status, text }, by: null, isUnreachable };
}

export function permanentFailure(status: string, text: string): DeliveryOutcome {
  return { kind: 'permanent', reply: { code: 550, status, text }, by: null };
}

export function outcomeStatus({ reply }: DeliveryOutcome): string {
  return statusOf(reply, '2.0.0');
}
