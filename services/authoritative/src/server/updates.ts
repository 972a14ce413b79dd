import { type Name, nameKey } from '#shared/dns/name.ts';
import { formatName } from '#shared/dns/name-text.ts';
import { RCODE } from '#shared/dns/registry.ts';
import type { Update } from '#shared/dns/update.ts';
import type { Host } from '#shared/host/host.ts';
import { applyUpdate, type UpdateOutcome } from '../protocol/apply-update.ts';
import type { Rights } from '../protocol/update-policy.ts';
import type { JournalEntry, Signature } from '../store/journal-text.ts';
import type { PrimaryZones } from '../store/primary-zones.ts';
import type { ZoneTable } from '../store/zone-table.ts';

/** Updates of one zone that wait for those before them; more are answered SERVFAIL. */
const WAITING_MAX = 2_000;
/** Updates that are done by one write to the disk: so few that queries are not kept waiting. */
const AT_ONCE_MAX = 100;

/** An update that may be done. */
export interface WantedUpdate {
  readonly update: Update;
  readonly rights: Rights;
  readonly signature: Signature;
}

/** What came of it: the RCODE of the answer, and why. */
export interface UpdateResult {
  readonly rcode: number;
  readonly because: string;
}

interface Waiting extends WantedUpdate {
  readonly resolve: (result: UpdateResult) => void;
}

/**
 * Does the updates of a host's zones. Those of one zone are done one after the other; those that came while the disk was busy
 * are written together, and nobody hears of an update before it is on the disk.
 */
export class Updates {
  readonly #host: Host;
  readonly #table: ZoneTable;
  readonly #primary: PrimaryZones;
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(host: Host, table: ZoneTable, primary: PrimaryZones) {
    this.#host = host;
    this.#table = table;
    this.#primary = primary;
  }

  /** Does one update of the zone `origin`; resolves when it is kept, or known that it is not. */
  submit(origin: Name, wanted: WantedUpdate): Promise<UpdateResult> {
    const key = nameKey(origin);
    const waiting = this.#waiting.get(key) ?? [];
    if (waiting.length >= WAITING_MAX) {
      const because = `${waiting.length} updates of ${formatName(origin)} wait already`;
      return Promise.resolve({ rcode: RCODE.SERVFAIL, because });
    }
    const { promise, resolve } = Promise.withResolvers<UpdateResult>();
    waiting.push({ ...wanted, resolve });
    this.#waiting.set(key, waiting);
    if (waiting.length === 1) this.#schedule(origin, key);
    return promise;
  }

  #schedule(origin: Name, key: string): void {
    this.#primary
      .alone(origin, async () => {
        const waiting = this.#waiting.get(key) ?? [];
        const batch = waiting.splice(0, AT_ONCE_MAX);
        if (waiting.length > 0) this.#schedule(origin, key);
        await this.#doTogether(origin, key, batch);
      })
      .catch((error: Error) => this.#host.log.error({ err: error }, 'updates could not be done'));
  }

  async #doTogether(origin: Name, key: string, batch: readonly Waiting[]): Promise<void> {
    const before = this.#table.zones.get(key);
    const outcomes: UpdateOutcome[] = [];
    const entries: JournalEntry[] = [];
    try {
      if (before === undefined) throw new Error(`${formatName(origin)} is served no longer`);
      let zone = before;
      for (const { update, rights, signature } of batch) {
        const outcome = applyUpdate(zone, update, rights);
        outcomes.push(outcome);
        if (outcome.kind !== 'changed') continue;
        zone = outcome.zone;
        entries.push({ difference: outcome.difference, at: Date.now(), signature });
      }
      if (entries.length > 0) await this.#primary.keepUpdates(before, zone, entries);
    } catch (error) {
      this.#host.log.error(`${formatName(origin)}: an update failed: ${(error as Error).message}`);
      const because = `it could not be kept: ${(error as Error).message}`;
      for (const { resolve } of batch) resolve({ rcode: RCODE.SERVFAIL, because });
      return;
    }
    for (const [at, { resolve }] of batch.entries()) resolve(resultOf(outcomes[at]!));
  }
}

function resultOf(outcome: UpdateOutcome): UpdateResult {
  return { rcode: outcome.kind === 'refused' ? outcome.rcode : RCODE.NOERROR, because: outcome.because };
}
