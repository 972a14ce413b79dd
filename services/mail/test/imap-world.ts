import { join } from 'node:path';
import { createTestHost, type TestHost } from '#shared/host/test-host.ts';
import { openTls } from '#shared/host/tls.ts';
import { Faults } from '../src/server/faults.ts';
import { listenImap } from '../src/server/imap-listener.ts';
import { Logins } from '../src/server/logins.ts';
import { MailStore } from '../src/store/mail-store.ts';
import { ImapClient } from './imap-client.ts';

const MAIL_HOST = 'mail.crepes.fr';
const ACCOUNTS = new Map(
  [
    ['alice', 'wonderland'],
    ['claire', 'fontaine'],
  ].map(([name = '', password = '']) => [name, { name, password, fullName: name }]),
);

/** The IMAP server alone, on mailboxes of its own. */
export interface ImapWorld {
  readonly host: TestHost;
  mailboxes: MailStore;
  readonly faults: Faults;
  imap: Awaited<ReturnType<typeof listenImap>>;
  /** A conversation that has not said who it is. */
  connect(): Promise<ImapClient>;
  /** A conversation of alice, on a connection of its own. */
  alice(mailbox?: string): Promise<ImapClient>;
  /** Ends all conversations. */
  drop(): void;
  /** Starts the server again on the same mailboxes. */
  restart(): Promise<void>;
  end(): Promise<void>;
}

export interface ImapWorldOptions {
  readonly offersLogin?: boolean;
  readonly messageOctetsMax?: number;
  readonly idleMs?: number;
  readonly connectionsPerClientMax?: number;
  readonly quotaOctets?: number;
  readonly diskFreeOctetsMin?: number;
}

export async function openImapWorld(suffix: string, options: ImapWorldOptions = {}): Promise<ImapWorld> {
  const host = createTestHost({ name: 'imap', suffix });
  const openStore = async () => {
    const store = new MailStore(join(host.stateDir, 'mail'), host.clock, MAIL_HOST, {
      quotaOctets: options.quotaOctets ?? 0,
      diskFreeOctetsMin: options.diskFreeOctetsMin ?? 0,
      fileOctetsMax: Number.MAX_SAFE_INTEGER,
      onBroken: () => {},
    });
    await store.open(ACCOUNTS.keys());
    return store;
  };
  const directory = { domains: ['crepes.fr'], accounts: ACCOUNTS, aliases: new Map() };
  const logins = new Logins(directory, host.clock, 5);
  const faults = new Faults(host, new Map(), []);
  const { offersLogin = true, messageOctetsMax = 1024 * 1024, idleMs = 60_000 } = options;
  const { connectionsPerClientMax = 500 } = options;
  const clients: ImapClient[] = [];
  const tls = await openTls(host, [MAIL_HOST]);
  const listen = (mailboxes: MailStore) =>
    listenImap(
      { host, logins, mailboxes, mailHost: MAIL_HOST, tls, faults, offersLogin, messageOctetsMax },
      { port: 143, tlsPort: 993, idleMs, connectionsMax: 500, connectionsPerClientMax },
    );
  const mailboxes = await openStore();
  const connect = async () => {
    const client = new ImapClient(host.address);
    clients.push(client);
    await client.line.until(/\r\n/);
    return client;
  };
  const world: ImapWorld = {
    host,
    mailboxes,
    faults,
    imap: await listen(mailboxes),
    connect,
    alice: async (mailbox) => {
      const client = await connect();
      await client.ask('LOGIN alice wonderland');
      if (mailbox !== undefined) await client.ask(`SELECT ${mailbox}`);
      return client;
    },
    drop: () => {
      for (const client of clients.splice(0)) client.line.drop();
    },
    restart: async () => {
      await world.imap.close();
      world.mailboxes = await openStore();
      world.imap = await listen(world.mailboxes);
    },
    end: async () => {
      logins.close();
      faults.stop();
      await world.imap.close();
      await host.remove();
    },
  };
  return world;
}
