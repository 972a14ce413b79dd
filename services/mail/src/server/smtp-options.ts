import type { Host } from '#shared/host/host.ts';
import type { Config } from '../config.ts';
import type { RateLimitOptions } from '../protocol/rate-limits.ts';
import type { SmtpDoorOptions } from './smtp-door.ts';

const SMTP_PORT = 25;
const SUBMISSION_PORT = 587;
/** RFC 8314, section 7.3: submissions, with TLS from the first octet. */
const SUBMISSIONS_PORT = 465;

/** The ways in for a message: for everybody, and for the users here without and with TLS from the first octet. */
export type SmtpService = 'relay' | 'submission' | 'submissions';

const PORTS: Readonly<Record<SmtpService, number>> = {
  relay: SMTP_PORT,
  submission: SUBMISSION_PORT,
  submissions: SUBMISSIONS_PORT,
};

/** How a way in is opened. */
export function smtpOptions(
  config: Config,
  service: SmtpService,
  host: Host,
): SmtpDoorOptions & { readonly port: number } {
  return {
    door: service === 'relay' ? 'relay' : 'submission',
    isImplicitTls: service === 'submissions',
    port: host.port(PORTS[service]),
    takesCleartextLogin: config.CLEARTEXT_LOGIN,
    mailHost: config.MAIL_HOST,
    messageOctetsMax: config.MESSAGE_OCTETS_MAX,
    recipientsMax: config.RECIPIENTS_MAX,
    idleMs: config.SMTP_IDLE_S * 1000,
    connectionsMax: config.CONNECTIONS_MAX,
    connectionsPerClientMax: config.CONNECTIONS_PER_CLIENT_MAX,
  };
}

/** What bounds the mail of one client. */
export function rateLimitOptions(config: Config): RateLimitOptions {
  return {
    periodMs: config.RATE_PERIOD_S * 1000,
    most: {
      connections: config.CONNECTIONS_PER_PERIOD_MAX,
      messages: config.MESSAGES_PER_PERIOD_MAX,
      recipients: config.RECIPIENTS_PER_PERIOD_MAX,
    },
  };
}
