/**
 * Queries on their way. Searches that would ask the servers of one zone the same thing at the same time share one query:
 * a thousand names of a top-level domain that is not known yet cost its root one. And one zone may hold up only so many
 * searches, so that a flood of names that do not exist, below a zone whose servers are slow, does not stop all others.
 */
import type { Question } from '#shared/dns/message.ts';
import { type Name, nameKey } from '#shared/dns/name.ts';
import type { AskedServer } from './explanation.ts';
import { type Job, questionKey } from './job.ts';

/**
 * Searches that may wait for the servers of one zone at once. The root and top-level domains belong to everybody: a burst of
 * names that were never asked before needs them all at once. They may hold up more, and still not all (`JOBS_MAX`).
 */
const WAITING_OF_ZONE_MAX = 400;
const WAITING_OF_TLD_MAX = 800;

export interface Flight {
  readonly query: number;
  readonly key: string;
  readonly zone: Name;
  readonly server: AskedServer;
  readonly question: Question;
  readonly transport: 'udp' | 'tcp';
  readonly hasEdns: boolean;
  readonly jobs: Set<Job>;
}

export class Flights {
  readonly #byQuery = new Map<number, Flight>();
  readonly #byKey = new Map<string, Flight>();
  /** Which zone a job's own queries go to, and how many jobs are at a zone. */
  readonly #zoneOf = new Map<Job, string>();
  readonly #waiting = new Map<string, number>();

  /** The flight that asks the servers of `zone` for `question` already. */
  sharedWith(zone: Name, question: Question, transport: 'udp' | 'tcp'): Flight | undefined {
    return this.#byKey.get(flightKey(zone, question, transport));
  }

  /** Whether one more search may wait for the servers of `zone`. */
  mayWait(job: Job, zone: Name): boolean {
    const key = nameKey(zone);
    return this.#zoneOf.get(job) === key || (this.#waiting.get(key) ?? 0) < waitingMax(zone);
  }

  start(fields: Omit<Flight, 'key' | 'jobs'>): Flight {
    const flight = { ...fields, key: flightKey(fields.zone, fields.question, fields.transport), jobs: new Set<Job>() };
    this.#byQuery.set(flight.query, flight);
    this.#byKey.set(flight.key, flight);
    return flight;
  }

  /** The job waits for the flight; the first that does holds up the zone, the others cost it nothing. */
  join(flight: Flight, job: Job): void {
    this.#move(job, flight.jobs.size === 0 ? nameKey(flight.zone) : null);
    flight.jobs.add(job);
  }

  /** The flight of a query that has come to its end, if anybody still waits for it. */
  land(query: number): Flight | undefined {
    const flight = this.#byQuery.get(query);
    if (flight !== undefined) this.#drop(flight);
    return flight;
  }

  /** The job waits for the flight no longer; true where nobody does. */
  leave(flight: Flight, job: Job): boolean {
    if (!flight.jobs.delete(job) || flight.jobs.size > 0) return false;
    this.#drop(flight);
    return true;
  }

  /** The job is done: it holds up no zone. */
  done(job: Job): void {
    this.#move(job, null);
  }

  #drop(flight: Flight): void {
    this.#byQuery.delete(flight.query);
    if (this.#byKey.get(flight.key) === flight) this.#byKey.delete(flight.key);
  }

  #move(job: Job, key: string | null): void {
    const before = this.#zoneOf.get(job) ?? null;
    if (before === key) return;
    if (before !== null) {
      const left = this.#waiting.get(before)! - 1;
      if (left === 0) this.#waiting.delete(before);
      else this.#waiting.set(before, left);
      this.#zoneOf.delete(job);
    }
    if (key === null) return;
    this.#zoneOf.set(job, key);
    this.#waiting.set(key, (this.#waiting.get(key) ?? 0) + 1);
  }
}

/** How many searches may wait for the servers of `zone` at once. */
export function waitingMax(zone: Name): number {
  return zone.length <= 1 ? WAITING_OF_TLD_MAX : WAITING_OF_ZONE_MAX;
}

function flightKey(zone: Name, question: Question, transport: 'udp' | 'tcp'): string {
  return `${transport} ${nameKey(zone)} ${questionKey(question)}`;
}
