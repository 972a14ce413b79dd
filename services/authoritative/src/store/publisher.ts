import type { Logger } from 'pino';
import { formatHostname } from '#shared/dns/name-text.ts';
import { type Edition, judgeEdition, type Verdict } from '../protocol/edition.ts';
import { notifySetOf } from '../protocol/notify.ts';
import type { Zone } from '../protocol/zone.ts';
import type { Editions } from './editions.ts';
import type { ZoneTable } from './zone-table.ts';

/** An edition of a zone that its other servers do not know yet. */
export interface NewEdition {
  readonly zone: Zone;
  readonly edition: Edition;
  readonly because: string;
}

/** Publishes zones: tells of those that are new editions, and says where a person forgot to make one. */
export class Publisher {
  readonly #host: { readonly address: string; readonly log: Logger };
  readonly #table: ZoneTable;
  readonly #editions: Editions;
  readonly #onNewEdition: (news: NewEdition) => void;

  constructor(
    host: { readonly address: string; readonly log: Logger },
    table: ZoneTable,
    editions: Editions,
    onNewEdition: (news: NewEdition) => void,
  ) {
    this.#host = host;
    this.#table = table;
    this.#editions = editions;
    this.#onNewEdition = onNewEdition;
  }

  publish(zone: Zone, edition: Edition, isStart: boolean): Verdict {
    const { origin } = zone;
    const others = notifySetOf(zone, this.#host.address);
    const hasOtherServers = others.targets.length + others.elsewhere.length > 0;
    const published = this.#editions.published(origin);
    const verdict = judgeEdition({ edition, published, isStart, hasOtherServers });
    switch (verdict.kind) {
      case 'notify':
        this.#editions.publish(origin, edition);
        this.#host.log.info(`${formatHostname(origin)}: ${verdict.because}`);
        this.#onNewEdition({ zone, edition, because: verdict.because });
        break;
      case 'published':
        this.#editions.publish(origin, edition);
        this.#editions.keepTold(origin, edition);
        break;
      case 'not-raised':
        this.#table.note(origin, verdict.because);
        this.#host.log.warn(`${formatHostname(origin)}: ${verdict.because}`);
    }
    return verdict;
  }
}
