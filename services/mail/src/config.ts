import { z } from 'zod';
import { wholeNumber, wordList, yesOrNo } from '#shared/host/config.ts';
import { isInternationalized, parseMailboxAddress } from './protocol/mailbox-address.ts';

const NO_NAME = 'give a host name such as mail.crepes.fr';

/** What a mail server reads from its environment. */
export const config = z.object({
  /** The domains whose mailboxes are here; own addresses are written with the first. */
  MAIL_DOMAIN: wordList().refine(
    (domains) => domains.length > 0 && domains.every(isDomain),
    'give one domain or several, such as crepes.fr',
  ),
  /** The name of this server: in its greeting, in EHLO, in Received. The domain's MX record leads to it. */
  MAIL_HOST: z
    .string(NO_NAME)
    .refine(isDomain, NO_NAME)
    .transform((name) => name.toLowerCase()),
  /** Largest message that is taken, in octets. Base64 makes a file a third larger. */
  MESSAGE_OCTETS_MAX: wholeNumber({ min: 65_536, max: 1_073_741_824, default: 10_485_760 }),
  /** Octets that the mailboxes of one account may have together; 0 for no limit. */
  QUOTA_OCTETS: wholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER, default: 0 }),
  /** Recipients of one transaction, at most. RFC 5321, section 4.5.3.1.8: no fewer than 100. */
  RECIPIENTS_MAX: wholeNumber({ min: 100, max: 10_000, default: 100 }),
  /** Whether AUTH and LOGIN are offered on connections without TLS. */
  CLEARTEXT_LOGIN: yesOrNo(true),
  /** Delay of the answer to a first wrong password, in milliseconds; it doubles with each further one. */
  LOGIN_DELAY_MS: wholeNumber({ min: 0, max: 10_000, default: 500 }),
  /** Connections that each listener serves at once, of all clients and of one. */
  CONNECTIONS_MAX: wholeNumber({ min: 1, max: 10_000, default: 200 }),
  CONNECTIONS_PER_CLIENT_MAX: wholeNumber({ min: 1, max: 10_000, default: 50 }),
  /** Threads that receive on port 25, each with limits of its own for connections; 0 for the one that does everything. */
  SMTP_WORKERS: wholeNumber({ min: 0, max: 64, default: 0 }),
  /** What one address, and at submission one user, may do in a period, in seconds of lab time; 0 for any number. */
  RATE_PERIOD_S: wholeNumber({ min: 1, max: 86_400, default: 60 }),
  /** A program that has run wild stays above these, a load test below. */
  CONNECTIONS_PER_PERIOD_MAX: wholeNumber({ min: 0, max: 10_000_000, default: 20_000 }),
  MESSAGES_PER_PERIOD_MAX: wholeNumber({ min: 0, max: 10_000_000, default: 300_000 }),
  RECIPIENTS_PER_PERIOD_MAX: wholeNumber({ min: 0, max: 10_000_000, default: 600_000 }),
  /** Octets of the disk that mail leaves free: below that it is told to come later (452). */
  DISK_FREE_OCTETS_MIN: wholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER, default: 33_554_432 }),
  /** How long an SMTP client may be silent, in seconds. RFC 5321, section 4.5.3.2.7: at least 5 minutes. */
  SMTP_IDLE_S: wholeNumber({ min: 1, max: 3_600, default: 300 }),
  /** How long a POP3 client may be silent, in seconds. RFC 1939, section 3: at least 10 minutes. */
  POP3_IDLE_S: wholeNumber({ min: 1, max: 3_600, default: 600 }),
  /** How long an IMAP client may be silent after its log-in, in seconds. RFC 3501, section 5.4: at least 30 minutes. */
  IMAP_IDLE_S: wholeNumber({ min: 1, max: 86_400, default: 1_800 }),
  /** How long a connection to another mail server may take, in milliseconds. */
  CONNECT_TIMEOUT_MS: wholeNumber({ min: 100, max: 300_000, default: 10_000 }),
  /** How long another mail server may be silent, in seconds; RFC 5321, section 4.5.3.2, has less for most steps. */
  RELAY_SILENCE_S: wholeNumber({ min: 1, max: 600, default: 600 }),
  /** Whether mail to other servers is encrypted: `none`, where it `may` be, or only with a certificate that can be `verify`ed. */
  RELAY_TLS: z.enum(['none', 'may', 'verify'], 'give none, may or verify').default('none'),
  /** Connections to the servers of one domain; more than one only when more than 10 messages wait for it. */
  RELAY_CONNECTIONS_MAX: wholeNumber({ min: 1, max: 20, default: 8 }),
  /** Pauses between tries, in seconds of lab time; the last one repeats. */
  RETRY_S: wordList('5 15 60 300 900 1800 3600')
    .refine(
      (pauses) => pauses.length > 0 && pauses.every((pause) => /^[1-9]\d{0,6}$/.test(pause)),
      'give seconds, such as 5 15 60 300',
    )
    .transform((pauses) => pauses.map(Number)),
  /** How long a message waits before it goes back to its sender, in seconds of lab time: 5 days. */
  GIVE_UP_S: wholeNumber({ min: 1, max: 31_536_000, default: 432_000 }),
  /** After how long a sender who asked for it is told of a delay, in seconds of lab time. */
  DELAY_NOTICE_S: wholeNumber({ min: 1, max: 31_536_000, default: 14_400 }),
  /** Whether mail to `temperror@`, `451@`, `greylist@` and their like of the own domains meets a fault, for tests. */
  MAGIC_RECIPIENTS: yesOrNo(true),
  /** How long a webmail user may be silent before logging in again, in seconds of lab time. */
  WEBMAIL_SESSION_S: wholeNumber({ min: 60, max: 604_800, default: 7_200 }),
});

export type Config = z.infer<typeof config>;

function isDomain(name: string): boolean {
  try {
    parseMailboxAddress(`postmaster@${name}`);
    return name.includes('.') && !isInternationalized(name);
  } catch {
    return false;
  }
}
