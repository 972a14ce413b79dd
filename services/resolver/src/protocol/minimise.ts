/**
 * QNAME minimisation (RFC 9156): a server is asked for no more of a name than it needs to refer us on; the root sees
 * the top-level domain and nothing else. The name is lengthened label by label, each time asking for A records, until a
 * referral comes or the name is whole.
 */
import { type Name, nameKey, suffixOf } from '#shared/dns/name.ts';
import { TYPE } from '#shared/dns/registry.ts';

/** Questions for parts of one name, at most; of these so many add one label, the rest several (RFC 9156, section 2.3). */
const MAX_MINIMISE_COUNT = 10;
const MINIMISE_ONE_LAB = 4;
/** The type of questions for a part of a name: the commonest, at which no server takes offence (RFC 9156, section 2.1). */
export const MINIMISED_QTYPE = TYPE.A;
/** How long a zone whose servers cannot bear it is asked whole names, in milliseconds, and how many zones are remembered. */
const SPARED_MS = 3_600_000;
const SPARED_ZONES_MAX = 1_000;

/**
 * The next part of `name` to ask the servers of `zone` for, when its last `revealed` labels were asked for and `count`
 * questions for parts have been; null where the whole name is next.
 */
export function nextPart(
  { name, zone }: { readonly name: Name; readonly zone: Name },
  revealed: number,
  count: number,
): Name | null {
  if (count >= MAX_MINIMISE_COUNT) return null;
  const known = Math.max(revealed, zone.length);
  const labels =
    count < MINIMISE_ONE_LAB ? 1 : Math.max(1, Math.floor((name.length - known) / (MAX_MINIMISE_COUNT - count)));
  return known + labels < name.length ? suffixOf(name, known + labels) : null;
}

/** Zones whose servers answer wrongly for a part of a name: NXDOMAIN where there are names below, REFUSED, FORMERR. */
export class SparedZones {
  readonly #until = new Map<string, number>();

  has(zone: Name, now: number): boolean {
    return this.#until.size > 0 && (this.#until.get(nameKey(zone)) ?? 0) > now;
  }

  add(zone: Name, now: number): void {
    for (const oldest of this.#until.keys()) {
      if (this.#until.size < SPARED_ZONES_MAX) break;
      this.#until.delete(oldest);
    }
    this.#until.set(nameKey(zone), now + SPARED_MS);
  }

  clear(): void {
    this.#until.clear();
  }
}
