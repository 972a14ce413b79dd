import { join } from 'node:path';
import type { Host } from '#shared/host/host.ts';
import type { Program, Running } from '#shared/host/program.ts';
import { openTls } from '#shared/host/tls.ts';
import { type Config, config } from './config.ts';
import { decodeEncodedWords } from './protocol/encoded-word.ts';
import { magicNamesOf, withMagicNames } from './protocol/magic-recipients.ts';
import type { RetrySchedule } from './protocol/mail-queue.ts';
import { openApiServer } from './server/api/api-server.ts';
import { faultActions } from './server/fault-actions.ts';
import { Faults } from './server/faults.ts';
import { listenImap } from './server/imap-listener.ts';
import { letterActions } from './server/letter-actions.ts';
import { Logins } from './server/logins.ts';
import { listenPop3 } from './server/pop3-listener.ts';
import { QuarantinedFiles } from './server/quarantined-files.ts';
import { queueActions } from './server/queue-actions.ts';
import { QueueRunner } from './server/queue-runner.ts';
import { receiver } from './server/receiver.ts';
import { openSmtpDoors } from './server/smtp-doors.ts';
import { listenWebmail } from './server/webmail.ts';
import { readDirectory } from './store/directory-files.ts';
import { DiskSpace } from './store/disk-space.ts';
import { MailStore } from './store/mail-store.ts';
import { QueueStore } from './store/queue-store.ts';

/** The mail server of a domain: it receives and sends with SMTP, keeps mailboxes, and gives access by IMAP, POP3 and a web page. */
export const program: Program<Config> = { name: 'mail', config, start };

const POP3_PORT = 110;
const POP3S_PORT = 995;
const IMAP_PORT = 143;
const IMAPS_PORT = 993;
const HTTP_PORT = 80;
/** Other programs that deliver have other limits: files up to so many times the largest message of ours are messages. */
const FILE_SIZES_MAX = 4;

async function start(config: Config, host: Host): Promise<Running> {
  const domains = config.MAIL_DOMAIN.map((domain) => domain.toLowerCase());
  const ownNames = [...new Set([...domains, config.MAIL_HOST])];
  const named = await readDirectory(host.dir, ownNames);
  const magic = config.MAGIC_RECIPIENTS ? magicNamesOf(named) : new Map();
  const directory = withMagicNames(named, magic);
  const faults = new Faults(host, magic, directory.domains);
  const tls = await openTls(host, ownNames);
  const quarantined = new QuarantinedFiles(host);
  const mailboxes = new MailStore(join(host.stateDir, 'mail'), host.clock, config.MAIL_HOST, {
    quotaOctets: config.QUOTA_OCTETS,
    diskFreeOctetsMin: config.DISK_FREE_OCTETS_MIN,
    fileOctetsMax: config.MESSAGE_OCTETS_MAX * FILE_SIZES_MAX,
    onBroken: (account, broken) => quarantined.note(account, broken),
  });
  const store = new QueueStore(join(host.stateDir, 'queue'), host.clock);
  await mailboxes.open(directory.accounts.keys());
  const waiting = await store.open((sentence) => host.log.error(sentence));

  const queue = new QueueRunner({
    host,
    store,
    mailboxes,
    directory,
    mailHost: config.MAIL_HOST,
    schedule: retrySchedule(config),
    relay: {
      connectTimeoutMs: config.CONNECT_TIMEOUT_MS,
      silenceMsMax: config.RELAY_SILENCE_S * 1000,
      tls: config.RELAY_TLS,
    },
    connectionsPerDomainMax: config.RELAY_CONNECTIONS_MAX,
    faults,
  });
  const logins = new Logins(directory, host.clock, config.LOGIN_DELAY_MS);
  const receive = receiver(host, store, queue, config);
  const closers: (() => Promise<void>)[] = [];
  const stop = async () => {
    logins.close();
    faults.stop();
    await Promise.all(closers.map((close) => close()));
    await queue.stop();
  };
  try {
    const limits = {
      connectionsMax: config.CONNECTIONS_MAX,
      connectionsPerClientMax: config.CONNECTIONS_PER_CLIENT_MAX,
    };
    const parts = { host, directory, logins, mailboxes, mailHost: config.MAIL_HOST, receive, tls, faults };
    const hasRoom = (account: string, octets: number) => mailboxes.hasRoom(account, octets);
    const disk = new DiskSpace(host.stateDir, config.DISK_FREE_OCTETS_MIN);
    const task = { config, tls, directory, magic, hasQuota: mailboxes.hasQuota };
    const doors = await openSmtpDoors({ ...parts, store, queue, disk, hasRoom }, task);
    closers.push(doors.close);
    const pop3 = await listenPop3(parts, {
      ...limits,
      port: host.port(POP3_PORT),
      tlsPort: host.port(POP3S_PORT),
      allowsCleartext: config.CLEARTEXT_LOGIN,
      idleMs: config.POP3_IDLE_S * 1000,
    });
    closers.push(pop3.close);
    const imap = await listenImap(
      { ...parts, offersLogin: config.CLEARTEXT_LOGIN, messageOctetsMax: config.MESSAGE_OCTETS_MAX },
      { ...limits, port: host.port(IMAP_PORT), tlsPort: host.port(IMAPS_PORT), idleMs: config.IMAP_IDLE_S * 1000 },
    );
    closers.push(imap.close);
    const webmail = await listenWebmail(
      { ...parts, queue, messageOctetsMax: config.MESSAGE_OCTETS_MAX },
      {
        port: host.port(HTTP_PORT),
        silenceMs: config.WEBMAIL_SESSION_S * 1000,
        connectionsMax: config.CONNECTIONS_MAX,
      },
    );
    closers.push(webmail.close);
    const api = await openApiServer(
      { ...parts, queue },
      { messageOctetsMax: config.MESSAGE_OCTETS_MAX, limits: limitsOf(config) },
    );
    closers.push(api.close);
    queue.resume(waiting, store.isHeld);
    const connections = async () => ({
      ...(await doors.connections()),
      pop3: pop3.connections(),
      imap: imap.connections(),
      webmail: webmail.sessions(),
      api: api.waiters(),
    });
    return {
      state: async () => ({
        domains,
        mailHost: config.MAIL_HOST,
        connections: await connections(),
        sessions: { pop3: pop3.sessions(), imap: imap.sessions() },
        queue: queueState(queue),
        mailboxes: await mailboxState(mailboxes, directory.accounts.keys()),
        quarantine: quarantined.state,
      }),
      health: () => queue.trouble ?? quarantined.trouble,
      actions: {
        ...queueActions(queue),
        ...faultActions(faults, host.clock),
        ...letterActions(parts),
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

/** What of the configuration is a limit or a switch, for `GET /api/v1/limits`. */
function limitsOf(config: Config): Record<string, number | boolean> {
  const isPlain = (value: unknown) => typeof value === 'number' || typeof value === 'boolean';
  return Object.fromEntries(Object.entries(config).filter(([, value]) => isPlain(value))) as Record<string, number>;
}

function queueState(queue: QueueRunner): object[] {
  return queue.entries.map((entry) => ({
    id: entry.id,
    from: entry.reversePath,
    subject: entry.subject === null ? null : decodeEncodedWords(entry.subject),
    octets: entry.octets,
    arrivedAt: entry.arrivedAt,
    isHeld: queue.isHeld || entry.heldAt !== undefined,
    isBeingTried: queue.isTrying(entry),
    recipients: entry.recipients.map(({ address, state }) => ({ address, ...state })),
  }));
}

async function mailboxState(mailboxes: MailStore, accounts: Iterable<string>): Promise<Record<string, object>> {
  const counted = await Promise.all(
    [...accounts].map(async (account) => {
      const count = await mailboxes.count(account);
      return [account, { ...count, ...(mailboxes.hasQuota ? { quota: await mailboxes.quota(account) } : {}) }] as const;
    }),
  );
  return Object.fromEntries(counted);
}
