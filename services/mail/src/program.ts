import { join } from 'node:path';
import { z } from 'zod';
import type { Host } from '#shared/host/host.ts';
import type { Program, Running } from '#shared/host/program.ts';
import { action } from '#shared/host/program.ts';
import { type Config, config } from './config.ts';
import type { RetrySchedule } from './protocol/mail-queue.ts';
import { listenImap } from './server/imap-listener.ts';
import { Logins } from './server/logins.ts';
import { type Envelope, MessageIntake, type Receipt } from './server/message-intake.ts';
import { listenPop3 } from './server/pop3-listener.ts';
import { QueueRunner } from './server/queue-runner.ts';
import { listenSmtp } from './server/smtp-listener.ts';
import { listenWebmail } from './server/webmail.ts';
import { readDirectory } from './store/directory-files.ts';
import { MailStore } from './store/mail-store.ts';
import { QueueStore } from './store/queue-store.ts';

/** The mail server of a domain: it receives and sends with SMTP, keeps mailboxes, and gives access by IMAP, POP3 and a web page. */
export const program: Program<Config> = { name: 'mail', config, start };

const SMTP_PORT = 25;
const SUBMISSION_PORT = 587;
const POP3_PORT = 110;
const IMAP_PORT = 143;
const HTTP_PORT = 80;

async function start(config: Config, host: Host): Promise<Running> {
  const domains = config.MAIL_DOMAIN.map((domain) => domain.toLowerCase());
  const directory = await readDirectory(host.dir, [...new Set([...domains, config.MAIL_HOST])]);
  const mailboxes = new MailStore(join(host.stateDir, 'mail'), host.clock, config.MAIL_HOST);
  const store = new QueueStore(join(host.stateDir, 'queue'));
  await mailboxes.open(directory.accounts.keys());
  const waiting = await store.open((sentence) => host.log.error(sentence));

  const queue = new QueueRunner({
    host,
    store,
    mailboxes,
    directory,
    mailHost: config.MAIL_HOST,
    schedule: retrySchedule(config),
    connectTimeoutMs: config.CONNECT_TIMEOUT_MS,
  });
  const logins = new Logins(directory, host.clock, config.LOGIN_DELAY_MS);
  const receive = receiver(host, store, queue, config, directory.domains[0] ?? config.MAIL_HOST);
  const closers: (() => Promise<void>)[] = [];
  const stop = async () => {
    logins.close();
    await Promise.all(closers.map((close) => close()));
    await queue.stop();
  };
  try {
    const limits = {
      connectionsMax: config.CONNECTIONS_MAX,
      connectionsPerClientMax: config.CONNECTIONS_PER_CLIENT_MAX,
    };
    const smtp = {
      ...limits,
      mailHost: config.MAIL_HOST,
      messageOctetsMax: config.MESSAGE_OCTETS_MAX,
      recipientsMax: config.RECIPIENTS_MAX,
      idleMs: config.SMTP_IDLE_S * 1000,
    };
    const parts = { host, directory, logins, mailboxes, mailHost: config.MAIL_HOST, receive };
    const relay = await listenSmtp(parts, { ...smtp, door: 'relay', port: host.port(SMTP_PORT), offersAuth: false });
    closers.push(relay.close);
    const offersAuth = config.CLEARTEXT_LOGIN;
    const submission = await listenSmtp(parts, {
      ...smtp,
      door: 'submission',
      port: host.port(SUBMISSION_PORT),
      offersAuth,
    });
    closers.push(submission.close);
    const pop3 = await listenPop3(parts, { ...limits, port: host.port(POP3_PORT), idleMs: config.POP3_IDLE_S * 1000 });
    closers.push(pop3.close);
    const imap = await listenImap(
      { ...parts, offersLogin: config.CLEARTEXT_LOGIN, messageOctetsMax: config.MESSAGE_OCTETS_MAX },
      { ...limits, port: host.port(IMAP_PORT), idleMs: config.IMAP_IDLE_S * 1000 },
    );
    closers.push(imap.close);
    const webmail = await listenWebmail(parts, {
      port: host.port(HTTP_PORT),
      silenceMs: config.WEBMAIL_SESSION_S * 1000,
    });
    closers.push(webmail.close);
    queue.resume(waiting);
    const connections = () => ({
      smtp: relay.connections(),
      submission: submission.connections(),
      pop3: pop3.connections(),
      imap: imap.connections(),
      webmail: webmail.sessions(),
    });
    return {
      state: async () => ({
        domains,
        mailHost: config.MAIL_HOST,
        connections: connections(),
        queue: queueState(queue),
        mailboxes: await mailboxState(mailboxes, directory.accounts.keys()),
      }),
      health: () => queue.trouble,
      actions: {
        flush: action('Tries to deliver everything that waits in the queue, now.', z.object({}), () => ({
          entries: queue.flush(),
        })),
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function retrySchedule(config: Config): RetrySchedule {
  return {
    pausesMs: config.RETRY_S.map((pause) => pause * 1000),
    giveUpMs: config.GIVE_UP_S * 1000,
    delayNoticeMs: config.DELAY_NOTICE_S * 1000,
  };
}

/** What SMTP and the webmail give messages to: the intake, and behind it the queue. */
function receiver(host: Host, store: QueueStore, queue: QueueRunner, config: Config, ownDomain: string) {
  const intake = new MessageIntake(host, store, {
    mailHost: config.MAIL_HOST,
    ownDomain,
    messageOctetsMax: config.MESSAGE_OCTETS_MAX,
  });
  return async (message: AsyncIterable<Uint8Array>, envelope: Envelope, cause?: string): Promise<Receipt> => {
    const receipt = await intake.take(message, envelope, queue.isFull);
    if (receipt.kind === 'queued') {
      const because = `${envelope.helo} [${envelope.clientAddress}] brought it with ${envelope.transmission}; it is on disk`;
      queue.add(receipt.entry, because, cause ?? receipt.cause);
    }
    return receipt;
  };
}

function queueState(queue: QueueRunner): object[] {
  return queue.entries.map(({ id, reversePath, subject, octets, arrivedAt, recipients }) => ({
    id,
    from: reversePath,
    subject,
    octets,
    arrivedAt,
    recipients: recipients.map(({ address, state }) => ({ address, ...state })),
  }));
}

async function mailboxState(mailboxes: MailStore, accounts: Iterable<string>): Promise<Record<string, object>> {
  const counted = await Promise.all(
    [...accounts].map(async (account) => [account, await mailboxes.count(account)] as const),
  );
  return Object.fromEntries(counted);
}
