import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { createTestHost, type TestHost } from '#shared/host/test-host.ts';
import { openTls, readAuthorityCertificate } from '#shared/host/tls.ts';
import type { Report } from '#shared/report.ts';
import { parseAccountList } from '../src/protocol/account-list.ts';
import { parseAliasList } from '../src/protocol/alias-list.ts';
import type { QueueEntry } from '../src/protocol/mail-queue.ts';
import { RateLimits } from '../src/protocol/rate-limits.ts';
import { Faults } from '../src/server/faults.ts';
import { Logins } from '../src/server/logins.ts';
import { type Envelope, MessageIntake } from '../src/server/message-intake.ts';
import type { SmtpDoorOptions, SmtpDoorParts } from '../src/server/smtp-door.ts';
import { listenSmtp, type SmtpListener } from '../src/server/smtp-listener.ts';
import { DiskSpace } from '../src/store/disk-space.ts';
import { QueueStore } from '../src/store/queue-store.ts';
import { eventually } from './eventually.ts';
import { LineClient } from './line-client.ts';

const ALIASES = 'postmaster: claire\nteam: bob@hamburger.edu\n앨리스: alice\nmailbox: alice\n';
const [RELAY, SUBMISSION, SUBMISSIONS] = [25, 587, 465] as const;

/** What a test may change about the three doors. */
export interface DoorChanges {
  readonly options?: Partial<SmtpDoorOptions>;
  readonly most?: { connections?: number; messages?: number; recipients?: number };
  readonly diskKeptFree?: number;
  readonly loginDelayMs?: number;
  readonly hasRoom?: SmtpDoorParts['hasRoom'];
  readonly isQueueFull?: boolean;
}

/** The ways in of mail.crepes.fr, with the queue on disk behind them; nothing is sent on. */
export class SmtpDoors {
  readonly host: TestHost;
  readonly store: QueueStore;
  readonly faults: Faults;
  /** What was taken, in order. */
  readonly taken: QueueEntry[] = [];
  readonly tls: ConnectionOptions;
  readonly #listeners: readonly SmtpListener[];
  readonly #close: () => Promise<void>;

  private constructor(
    host: TestHost,
    store: QueueStore,
    faults: Faults,
    listeners: readonly SmtpListener[],
    close: () => Promise<void>,
  ) {
    this.host = host;
    this.store = store;
    this.faults = faults;
    this.tls = clientTls(host);
    this.#listeners = listeners;
    this.#close = close;
  }

  /** Connections that are open, by the three doors. */
  connections(): number[] {
    return this.#listeners.map((listener) => listener.connections());
  }

  static async open(suffix: string, changes: DoorChanges = {}): Promise<SmtpDoors> {
    const host = createTestHost({ name: 'mail-crepes', suffix });
    const tls = await openTls(host, ['mail.crepes.fr', 'crepes.fr']);
    const store = new QueueStore(join(host.stateDir, 'queue'), host.clock);
    await store.open(() => {});
    const directory = {
      domains: ['crepes.fr', 'mail.crepes.fr'],
      accounts: parseAccountList('alice:{PLAIN}wonderland\nclaire:{PLAIN}fontaine\n'),
      aliases: parseAliasList(ALIASES),
    };
    const faults = new Faults(host, new Map(), []);
    const logins = new Logins(directory, host.clock, changes.loginDelayMs ?? 5);
    const options = { ...OPTIONS, ...changes.options };
    const intake = new MessageIntake(host, store, { ...options, ownDomain: 'crepes.fr' });
    const listeners: SmtpListener[] = [];
    const doors = new SmtpDoors(host, store, faults, listeners, async () => {
      logins.close();
      faults.stop();
      await Promise.all(listeners.map((listener) => listener.close()));
      await host.remove();
    });
    const parts = {
      ...{ host, directory, logins, tls, faults },
      limits: new RateLimits({
        periodMs: 60_000,
        most: { connections: 0, messages: 0, recipients: 0, ...changes.most },
      }),
      disk: new DiskSpace(host.stateDir, changes.diskKeptFree ?? 0),
      hasRoom: changes.hasRoom ?? (async () => true),
      receive: async (message: AsyncIterable<Uint8Array>, envelope: Envelope) => {
        const receipt = await intake.take(message, envelope, changes.isQueueFull ?? false);
        if (receipt.kind === 'queued') doors.taken.push(receipt.entry);
        return receipt;
      },
    };
    const kinds = [
      { port: RELAY, door: 'relay', isImplicitTls: false },
      { port: SUBMISSION, door: 'submission', isImplicitTls: false },
      { port: SUBMISSIONS, door: 'submission', isImplicitTls: true },
    ] as const;
    for (const kind of kinds) listeners.push(await listenSmtp(parts, { ...options, ...kind }));
    return doors;
  }

  /** A conversation that has got the greeting and, when `helo` is given, its answer. */
  async connect(port: 25 | 587 | 465 = 25, helo: string | null = 'EHLO client.test'): Promise<LineClient> {
    const client = new LineClient(this.host.address, port, port === SUBMISSIONS ? this.tls : undefined);
    await client.reply();
    if (helo !== null) await client.ask(helo);
    return client;
  }

  /** A conversation that is in the middle of DATA. */
  async openData(from = 'x@outside.example', to = 'alice@crepes.fr'): Promise<LineClient> {
    const client = await this.connect();
    await client.ask(`MAIL FROM:<${from}>`);
    await client.ask(`RCPT TO:<${to}>`);
    await client.ask('DATA');
    return client;
  }

  /** What was stored of a message, with CRLF. */
  async stored(index: number): Promise<string> {
    const entry = this.taken.at(index);
    if (entry === undefined) throw new Error(`there is no message ${index}`);
    const pieces: Uint8Array[] = [];
    for await (const piece of await this.store.read(entry)) pieces.push(piece);
    return Buffer.concat(pieces).toString('latin1');
  }

  /** What was reported up to now: reports are on their way for a moment, so a mark is sent behind them. */
  async reports(): Promise<readonly Report[]> {
    const exchange = this.host.newExchange();
    this.host.report({ kind: 'test.mark', exchange, summary: '' });
    await eventually(() => this.host.reported.find((report) => report.exchange === exchange) ?? null);
    return this.host.reported.filter(({ kind }) => kind !== 'test.mark');
  }

  close(): Promise<void> {
    return this.#close();
  }
}

const OPTIONS = {
  door: 'relay',
  isImplicitTls: false,
  takesCleartextLogin: true,
  mailHost: 'mail.crepes.fr',
  messageOctetsMax: 1_000_000,
  recipientsMax: 100,
  connectionsMax: 100,
  connectionsPerClientMax: 50,
  idleMs: 60_000,
} as const satisfies SmtpDoorOptions;

function clientTls(host: TestHost): ConnectionOptions {
  return { ca: readAuthorityCertificate(host) ?? '', servername: 'mail.crepes.fr' };
}

export function plainAuth(user: string, password: string, actAs = ''): string {
  return `AUTH PLAIN ${Buffer.from(`${actAs}\0${user}\0${password}`).toString('base64')}`;
}
