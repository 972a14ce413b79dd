import type { Host } from '#shared/host/host.ts';
import { type DeliveryOutcome, temporaryFailure } from '../protocol/delivery-outcome.ts';
import type { QueueEntry, Recipient } from '../protocol/mail-queue.ts';
import { queueReport } from '../reports.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { findMailHosts } from './mail-hosts.ts';
import { SmtpClient, SmtpConnectError, type SmtpServerAddress } from './smtp-client.ts';

/** Messages over one connection, after which others get their turn. */
const MESSAGES_PER_CONNECTION_MAX = 100;

export interface DomainSenderParts {
  readonly host: Host;
  readonly store: QueueStore;
  readonly mailHost: string;
  readonly connectTimeoutMs: number;
}

/** What one transaction carries: one message, and recipients of the domain who share their DSN parameters. */
export interface Transaction {
  readonly entry: QueueEntry;
  readonly recipients: readonly Recipient[];
}

/** What a domain has to be sent, and where the outcomes go. */
export interface DomainWork {
  readonly domain: string;
  /** The message that made this necessary. */
  readonly first: QueueEntry;
  /** Begins no new transaction. */
  readonly stopping: AbortSignal;
  /** Breaks off the one that runs. */
  readonly breaking: AbortSignal;
  /** The next message, without what was tried already. */
  next(tried: ReadonlySet<string>): Transaction | null;
  settle(id: string, outcomes: ReadonlyMap<string, DeliveryOutcome>): Promise<void>;
  /** The outcome for all who are due, when no server could be talked to. */
  settleAll(outcome: DeliveryOutcome): Promise<void>;
}

/** What stands for one recipient of one message in the set of what was tried. */
export function triedKey(entry: QueueEntry, recipient: Recipient): string {
  return `${entry.id} ${recipient.address}`;
}

/** Finds the servers of a domain, and sends everything that is due for it over one connection. */
export async function sendToDomain(parts: DomainSenderParts, work: DomainWork): Promise<void> {
  const { host, mailHost } = parts;
  const { domain, first, breaking } = work;
  const hosts = await findMailHosts(host, domain, mailHost, first.exchange);
  if (hosts.kind === 'nowhere') return work.settleAll(hosts.outcome);
  host.report(queueReport('sending', first, `${domain}: ${hosts.because}`));
  const client = await connect(parts, hosts.servers, work);
  if (!(client instanceof SmtpClient)) return work.settleAll(client);
  const close = () => client.close();
  breaking.addEventListener('abort', close);
  try {
    await sendOver(parts, client, work);
    if (!work.stopping.aborted) await client.quit();
  } finally {
    breaking.removeEventListener('abort', close);
    client.close();
  }
}

/** The first server that greets, in the order of preference; otherwise why none did. */
async function connect(
  { host, mailHost, connectTimeoutMs }: DomainSenderParts,
  servers: readonly SmtpServerAddress[],
  { first, stopping: signal }: DomainWork,
): Promise<SmtpClient | DeliveryOutcome> {
  let failure = temporaryFailure('4.4.1', 'No server was tried', true);
  for (const server of servers) {
    if (signal.aborted) break;
    try {
      return await SmtpClient.open(host, server, { helo: mailHost, connectTimeoutMs, cause: first.exchange, signal });
    } catch (error) {
      if (!(error instanceof SmtpConnectError)) throw error;
      const { reply, message } = error;
      const silent = `${server.name} does not answer: ${message}`;
      const because = reply === null ? silent : `${server.name} does not greet: ${reply.code} ${reply.text}`;
      host.report(queueReport('sending', first, because));
      failure = temporaryFailure('4.4.1', because, reply === null);
    }
  }
  return failure;
}

/** RFC 5321, section 3.3: several mail transactions, one after the other, over one connection. */
async function sendOver(parts: DomainSenderParts, client: SmtpClient, work: DomainWork): Promise<void> {
  const tried = new Set<string>();
  while (client.isAlive && client.sent < MESSAGES_PER_CONNECTION_MAX && !work.stopping.aborted) {
    const next = work.next(tried);
    if (next === null) return;
    for (const recipient of next.recipients) tried.add(triedKey(next.entry, recipient));
    const outcomes = await transact(parts, client, next);
    // What a connection that we broke off ourselves brought says nothing about the server.
    if (work.breaking.aborted) return;
    await work.settle(next.entry.id, outcomes);
  }
}

async function transact(
  { store }: DomainSenderParts,
  client: SmtpClient,
  { entry, recipients }: Transaction,
): Promise<ReadonlyMap<string, DeliveryOutcome>> {
  try {
    const message = await store.read(entry.id);
    return await client.send(entry, recipients, message).finally(() => message.return());
  } catch (error) {
    const outcome = temporaryFailure('4.3.0', `The queue could not be read: ${(error as Error).message}`, false);
    return new Map(recipients.map(({ address }) => [address, outcome]));
  }
}
