import { type Name, nameKey } from '#shared/dns/name.ts';
import { formatName } from '#shared/dns/name-text.ts';
import type { Zone } from '../protocol/zone.ts';

export type Role = 'primary' | 'secondary';

/** A zone that this host should serve, and what stands in the way where it does not. */
interface Entry {
  readonly origin: Name;
  readonly role: Role;
  readonly source: string;
  readonly trouble: string | null;
}

/** A zone as `GET /state` shows it. */
export interface ZoneState {
  readonly zone: string;
  /** The class of servers that it makes this host one of. */
  readonly class: 'root' | 'TLD' | 'authoritative';
  readonly role: Role;
  /** The file, or the address of the primary. */
  readonly source: string;
  readonly serial: number | null;
  readonly records: number;
  readonly trouble: string | null;
}

/** The zones that a host serves at this moment, from files and from copies. */
export class ZoneTable {
  readonly #zones = new Map<string, Zone>();
  readonly #entries = new Map<string, Entry>();
  readonly #onChange: () => void;
  #changes = 0;

  /** @param onChange called after each change of what is served, before anybody hears of it */
  constructor(onChange: () => void = () => {}) {
    this.#onChange = onChange;
  }

  /** Counts changes of what is served: an answer that was found before the last one may not be true any longer. */
  get changes(): number {
    return this.#changes;
  }

  /** What answers come from: by `nameKey` of the apex. */
  get zones(): ReadonlyMap<string, Zone> {
    return this.#zones;
  }

  /** The address of the primary that the zone is copied from, whether a copy is here or not. */
  readonly primaryOf = (origin: Name): string | undefined => {
    const entry = this.#entries.get(nameKey(origin));
    return entry?.role === 'secondary' ? entry.source : undefined;
  };

  /** Announces a zone that is not there yet. */
  expect(origin: Name, role: Role, source: string): void {
    this.#entries.set(nameKey(origin), { origin, role, source, trouble: 'it has not come from its primary yet' });
  }

  /** Serves `zone` from now on. */
  put(zone: Zone, role: Role, source: string): void {
    const key = nameKey(zone.origin);
    this.#zones.set(key, zone);
    this.#changed();
    this.#entries.set(key, { origin: zone.origin, role, source, trouble: null });
  }

  /** Serves what it has of the zone, and says what is wrong with it. */
  note(origin: Name, trouble: string): void {
    const entry = this.#entries.get(nameKey(origin));
    if (entry !== undefined) this.#entries.set(nameKey(origin), { ...entry, trouble });
  }

  /** Serves the zone no longer, but waits for it. */
  withdraw(origin: Name, trouble: string): void {
    this.#zones.delete(nameKey(origin));
    this.#changed();
    this.note(origin, trouble);
  }

  /** Forgets the zone. */
  remove(origin: Name): void {
    this.#zones.delete(nameKey(origin));
    this.#changed();
    this.#entries.delete(nameKey(origin));
  }

  #changed(): void {
    this.#changes += 1;
    this.#onChange();
  }

  /** Null when every zone is served and in order. */
  trouble(): string | null {
    for (const { origin, trouble } of this.#entries.values()) {
      if (trouble !== null) return `zone ${formatName(origin)}: ${trouble}`;
    }
    return null;
  }

  /** The classes of servers that this host is one of, by its zones. */
  classes(): ZoneState['class'][] {
    return [...new Set([...this.#entries.values()].map(({ origin }) => classOf(origin)))];
  }

  state(): ZoneState[] {
    return [...this.#entries].map(([key, { origin, role, source, trouble }]) => {
      const zone = this.#zones.get(key);
      return {
        zone: formatName(origin),
        class: classOf(origin),
        role,
        source,
        serial: zone?.soa.serial ?? null,
        records: zone?.records ?? 0,
        trouble,
      };
    });
  }
}

function classOf(origin: Name): ZoneState['class'] {
  if (origin.length === 0) return 'root';
  return origin.length === 1 ? 'TLD' : 'authoritative';
}
