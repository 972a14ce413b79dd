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
  /** Recipients of one transaction, at most. RFC 5321, section 4.5.3.1.8: no fewer than 100. */
  RECIPIENTS_MAX: wholeNumber({ min: 100, max: 10_000, default: 100 }),
  /** Whether AUTH and LOGIN are offered on connections without TLS. */
  CLEARTEXT_LOGIN: yesOrNo(true),
  /** Delay of the answer to a first wrong password, in milliseconds; it doubles with each further one. */
  LOGIN_DELAY_MS: wholeNumber({ min: 0, max: 10_000, default: 500 }),
  /** Connections that each listener serves at once, of all clients and of one. */
  CONNECTIONS_MAX: wholeNumber({ min: 1, max: 10_000, default: 200 }),
  CONNECTIONS_PER_CLIENT_MAX: wholeNumber({ min: 1, max: 10_000, default: 50 }),
  /** How long an SMTP client may be silent, in seconds. RFC 5321, section 4.5.3.2.7: at least 5 minutes. */
  SMTP_IDLE_S: wholeNumber({ min: 1, max: 3_600, default: 300 }),
  /** How long a POP3 client may be silent, in seconds. RFC 1939, section 3: at least 10 minutes. */
  POP3_IDLE_S: wholeNumber({ min: 1, max: 3_600, default: 600 }),
  /** How long an IMAP client may be silent after its log-in, in seconds. RFC 3501, section 5.4: at least 30 minutes. */
  IMAP_IDLE_S: wholeNumber({ min: 1, max: 86_400, default: 1_800 }),
  /** How long a connection to another mail server may take, in milliseconds. */
  CONNECT_TIMEOUT_MS: wholeNumber({ min: 100, max: 300_000, default: 10_000 }),
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
