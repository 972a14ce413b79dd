import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { exchangeOption } from '#shared/dns/exchange-option.ts';
import { ednsWith } from '#shared/dns/message.ts';
import { type Name, nameKey } from '#shared/dns/name.ts';
import { formatHostname, formatName } from '#shared/dns/name-text.ts';
import { type Ask, AskError } from '#shared/host/dns/ask.ts';
import { askReported } from '#shared/host/dns/ask-reported.ts';
import { DNS_PORT } from '#shared/host/dns/listen.ts';
import type { Host } from '#shared/host/host.ts';
import { type Fate, type NotifyTarget, nextNotifyStep, notifyMessage, notifySetOf } from '../protocol/notify.ts';
import type { Zone } from '../protocol/zone.ts';
import { Turns } from './turns.ts';

/**
 * Pause before the first transmission, at most and at random, in milliseconds: not all servers shall copy a zone in the
 * same moment (RFC 1996, section 4.3), but a person waits for it.
 */
const PAUSE_MS_MAX = 50;
/** Servers that are told at once; the others wait for their turn. */
const AT_ONCE_MAX = 32;

/** How far one server has been told, for `GET /state`. */
interface Telling {
  readonly zone: string;
  readonly serial: number;
  readonly server: string;
  readonly address: string | null;
  transmissions: number;
  /** Whether it knows; null while that is not settled. */
  told: boolean | null;
  outcome: string;
}

/** Tells the other servers of a zone that it has changed: performs what protocol/notify.ts decides. */
export class Notifier {
  readonly #host: Host;
  readonly #turns = new Turns(AT_ONCE_MAX);
  readonly #running = new Map<string, AbortController>();
  /** By zone: the servers that were last told. */
  readonly #tellings = new Map<string, Telling[]>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** Tells of `zone`; news of an earlier edition, if still on their way, are overtaken. Then calls `onTold`. */
  notify(zone: Zone, because: string, onTold: () => void): void {
    const key = nameKey(zone.origin);
    this.#running.get(key)?.abort();
    const running = new AbortController();
    this.#running.set(key, running);
    this.#tellings.set(key, []);
    this.#tellAll({ zone, because, signal: running.signal })
      .then(onTold)
      .catch((error: Error) => {
        if (!running.signal.aborted) this.#host.log.error({ err: error }, 'a NOTIFY could not be sent');
      })
      .finally(() => {
        if (this.#running.get(key) === running) this.#running.delete(key);
      });
  }

  state(): readonly object[] {
    return [...this.#tellings.values()].flat();
  }

  stop(): void {
    for (const running of this.#running.values()) running.abort();
  }

  async #tellAll(news: News): Promise<void> {
    const { targets, elsewhere } = notifySetOf(news.zone, this.#host.address);
    const told = new Set([this.#host.address, ...targets.map(({ address }) => address)]);
    const lookedUp = elsewhere.map(async (server) => {
      const found = (await this.#lookUp(news, server)).filter((address) => !told.has(address));
      for (const address of found) told.add(address);
      await Promise.all(found.map((address) => this.#tell(news, { server, address })));
    });
    await Promise.all([...targets.map((target) => this.#tell(news, target)), ...lookedUp]);
    news.signal.throwIfAborted();
  }

  /** The addresses of a server whose name is not of the zone; none where it cannot be found. */
  async #lookUp({ zone, because, signal }: News, server: Name): Promise<readonly string[]> {
    try {
      return (await this.#host.names.addresses(formatHostname(server))).addresses;
    } catch (error) {
      signal.throwIfAborted();
      const outcome = (error as Error).message;
      const telling = { zone: formatName(zone.origin), serial: zone.soa.serial, server: formatName(server) };
      this.#tellings
        .get(nameKey(zone.origin))
        ?.push({ ...telling, address: null, transmissions: 0, told: false, outcome });
      this.#host.log.warn({ zone: telling.zone, because }, `NOTIFY: ${outcome}`);
      return [];
    }
  }

  async #tell(news: News, target: NotifyTarget): Promise<void> {
    const { zone, signal } = news;
    signal.throwIfAborted();
    const telling: Telling = {
      ...{ zone: formatName(zone.origin), serial: zone.soa.serial },
      ...{ server: formatName(target.server), address: target.address },
      ...{ transmissions: 0, told: null, outcome: 'it is being told' },
    };
    this.#tellings.get(nameKey(zone.origin))?.push(telling);
    await this.#turns.take(async () => {
      await sleep(randomInt(PAUSE_MS_MAX + 1), undefined, { signal });
      await this.#transmitUntilTold(news, target, telling);
      const level = telling.told ? 'info' : 'warn';
      this.#host.log[level](
        { zone: telling.zone, serial: telling.serial },
        `NOTIFY to ${telling.server} (${target.address}): ${telling.outcome}`,
      );
    });
  }

  async #transmitUntilTold(news: News, target: NotifyTarget, telling: Telling): Promise<void> {
    const { zone, signal } = news;
    const exchange = this.#host.newExchange();
    const query = notifyMessage(zone, {
      id: randomInt(0x1_0000),
      edns: ednsWith([exchangeOption(exchange, undefined)]),
    });
    const to = { address: target.address, port: this.#host.port(DNS_PORT) };
    for (let fate: Fate | null = null; ; telling.transmissions += 1) {
      const step = nextNotifyStep(telling.transmissions, fate);
      if (step.kind === 'end') {
        Object.assign(telling, { told: step.isTold, outcome: step.because });
        return;
      }
      const because = step.because ?? news.because;
      fate = await this.#transmit({ query, to, timeoutMs: step.waitMs, signal }, { exchange, because });
    }
  }

  /** One transmission, and what came of it after `timeoutMs` at most. */
  async #transmit(
    ask: Omit<Ask, 'from' | 'onSent'>,
    told: { readonly exchange: string; readonly because: string },
  ): Promise<Fate> {
    const begun = performance.now();
    try {
      const { message } = await askReported(this.#host, 'udp', ask, told);
      return { kind: 'answered', rcode: message.rcode };
    } catch (error) {
      ask.signal.throwIfAborted();
      if (!(error instanceof AskError)) throw error;
      if (error.failure === 'unreachable') return { kind: 'unreachable' };
      // Answers that make no sense count for nothing: the next transmission comes in its time.
      await sleep(Math.max(0, ask.timeoutMs - (performance.now() - begun)), undefined, { signal: ask.signal });
      return { kind: 'silent' };
    }
  }
}

/** A change on its way to the other servers of a zone. */
interface News {
  readonly zone: Zone;
  readonly because: string;
  readonly signal: AbortSignal;
}
