import type { Host } from '#shared/host/host.ts';
import { type DeliveryOutcome, outcomeOf, permanentFailure, temporaryFailure } from '../protocol/delivery-outcome.ts';
import type { Dialogue } from '../protocol/dialogue.ts';
import type { QueueEntry, Recipient } from '../protocol/mail-queue.ts';
import { bestFailure, greetingFailure } from '../protocol/mail-route.ts';
import { queueReport } from '../reports.ts';
import type { QueueStore } from '../store/queue-store.ts';
import type { Faults } from './faults.ts';
import { findMailHosts } from './mail-hosts.ts';
import { prepareMessage } from './outgoing-message.ts';
import type { SmtpClient, SmtpServerAddress } from './smtp-client.ts';
import { openSmtpClient, type RelayOptions, SmtpConnectError } from './smtp-connecting.ts';

/** Messages over one connection, after which others get their turn. */
const MESSAGES_PER_CONNECTION_MAX = 100;

export interface DomainSenderParts {
  readonly host: Host;
  readonly store: QueueStore;
  readonly mailHost: string;
  readonly relay: RelayOptions;
  readonly faults: Faults;
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
  /** A server of the domain has answered. */
  greeted(): void;
  /** The next message. What it gave is settled before it is asked again. */
  next(): Transaction | null;
  settle(transaction: Transaction, outcomes: ReadonlyMap<string, DeliveryOutcome>, dialogue: Dialogue): Promise<void>;
  /** The message stays as it was: what came says nothing about the server. */
  giveBack(transaction: Transaction): void;
  /** The outcome for all who are due, when no server could be talked to. */
  settleAll(outcome: DeliveryOutcome, dialogue: Dialogue | null): Promise<void>;
}

/** Finds the servers of a domain, and sends what is due for it over one connection. */
export async function sendToDomain(parts: DomainSenderParts, work: DomainWork): Promise<void> {
  const { host, mailHost } = parts;
  const { domain, first, breaking } = work;
  const hosts = await findMailHosts(host, domain, mailHost, first.exchange);
  if (hosts.kind === 'nowhere') return work.settleAll(hosts.outcome, null);
  host.report(() => queueReport('sending', first, `${domain}: ${hosts.because}`));
  const { client, outcome, dialogue } = await connect(parts, hosts.servers, work);
  if (client === null) return work.settleAll(outcome, dialogue);
  const close = () => client.close('this server is stopping');
  breaking.addEventListener('abort', close);
  try {
    await sendOver(parts, client, work);
    if (!work.stopping.aborted) await client.quit();
  } finally {
    breaking.removeEventListener('abort', close);
    client.close();
  }
}

type Connected =
  | { readonly client: SmtpClient; readonly outcome: null; readonly dialogue: Dialogue }
  | { readonly client: null; readonly outcome: DeliveryOutcome; readonly dialogue: Dialogue | null };

/** The first server that greets, in the order of preference; otherwise why none did. */
async function connect(
  parts: DomainSenderParts,
  servers: readonly SmtpServerAddress[],
  work: DomainWork,
): Promise<Connected> {
  const failures: DeliveryOutcome[] = [];
  let dialogue: Dialogue | null = null;
  for (const server of servers) {
    if (work.stopping.aborted) break;
    try {
      const client = await greet(parts, server, work);
      return { client, outcome: null, dialogue: client.dialogue };
    } catch (error) {
      if (!(error instanceof SmtpConnectError)) throw error;
      const { reply, message, isTls } = error;
      const because = notGreeted(server.name, error);
      error.dialogue.add('-', `${server.name} [${server.endpoint.address}]: ${message}`);
      parts.host.report(() => queueReport('sending', work.first, because));
      dialogue = error.dialogue;
      failures.push(greetingFailure(server.name, reply, because, isTls));
    }
  }
  return {
    client: null,
    outcome: bestFailure(failures) ?? temporaryFailure('4.4.1', 'No server was tried', true),
    dialogue,
  };
}

/** Why a server could not be talked to, in a sentence that has its name. */
function notGreeted(server: string, { reply, isTls, message }: SmtpConnectError): string {
  if (reply !== null) return `${server} says ${reply.code} ${reply.text}`;
  return isTls ? `${server}: ${message}` : `${server} does not answer: ${message}`;
}

/** Connects; where encryption was only wished for and does not come about, once more without it. */
async function greet({ host, mailHost, relay }: DomainSenderParts, server: SmtpServerAddress, work: DomainWork) {
  const options = { ...relay, helo: mailHost, cause: work.first.exchange, signal: work.stopping };
  try {
    return await openSmtpClient(host, server, options);
  } catch (error) {
    const mayGoWithout = relay.tls === 'may' && error instanceof SmtpConnectError && error.isTls;
    if (!mayGoWithout) throw error;
    return openSmtpClient(host, server, { ...options, tls: 'none' });
  }
}

/** RFC 5321, section 3.3: several mail transactions, one after the other, over one connection. */
async function sendOver(parts: DomainSenderParts, client: SmtpClient, work: DomainWork): Promise<void> {
  work.greeted();
  while (client.sent < MESSAGES_PER_CONNECTION_MAX && !work.stopping.aborted) {
    const next = work.next();
    if (next === null) return;
    // Asked after `next`: a server that greets and hangs up has cost each message a try, and not us an endless loop.
    const outcomes = client.isAlive ? await transact(parts, client, next) : hungUp(client, next);
    if (work.breaking.aborted) return work.giveBack(next);
    await work.settle(next, outcomes, client.dialogue);
    if (!client.isAlive) return;
  }
}

function hungUp({ server }: SmtpClient, { recipients }: Transaction): ReadonlyMap<string, DeliveryOutcome> {
  const outcome = temporaryFailure('4.4.2', `${server.name} closed the connection`, false);
  return new Map(recipients.map(({ address }) => [address, outcome]));
}

async function transact(
  { host, store, faults }: DomainSenderParts,
  client: SmtpClient,
  transaction: Transaction,
): Promise<ReadonlyMap<string, DeliveryOutcome>> {
  const { entry, recipients } = transaction;
  const toAll = (outcome: DeliveryOutcome) => new Map(recipients.map(({ address }) => [address, outcome]));
  const fault = faults.isIdleAt('relay') ? null : await meetFault(faults, client, transaction);
  if (fault !== null) return toAll(fault);
  const lacking = client.lacks(entry, recipients);
  if (lacking !== null) return toAll(lacking);
  try {
    const takesEightBit = client.offers('8BITMIME');
    const message = await prepareMessage(store, entry, { name: client.server.name, takesEightBit });
    // RFC 6152, section 3: converted or returned.
    if (message.kind === 'unfit') return toAll(permanentFailure('5.6.3', message.because));
    const { because } = message;
    if (because !== null) host.report(() => queueReport('sending', entry, because));
    return await client.send(entry, recipients, message);
  } catch (error) {
    return toAll(temporaryFailure('4.3.0', `The queue could not be read: ${(error as Error).message}`, false));
  }
}

/** A fault on purpose, as if the next server had answered so, or hung up. */
async function meetFault(
  faults: Faults,
  client: SmtpClient,
  { entry, recipients }: Transaction,
): Promise<DeliveryOutcome | null> {
  const { name: server } = client.server;
  const facts = { sender: entry.reversePath, recipients: recipients.map(({ address }) => address), server };
  const fault = await faults.meet('relay', facts, { exchange: entry.exchange });
  if (fault === null) return null;
  if (fault.kind === 'reply') return outcomeOf(fault.reply, server, false);
  client.close();
  return temporaryFailure('4.4.2', `The connection to ${server} broke: a fault on purpose`, false);
}
