import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Endpoint, ReportInput, ReportSource } from '../report.ts';
import type { AuthorityPlaces } from './authority/authority.ts';
import type { LabClock } from './clock.ts';
import type { LabMap } from './lab-map.ts';
import type { Names } from './names.ts';
import type { ReportBuffer } from './report-buffer.ts';
import { wallClock } from './wall-clock.ts';

/**
 * A host of the lab, as the program that runs on it sees it: who it is, where its files are, what time it is, and
 * where its reports go. The same in a container and in the embedded lab.
 */
export interface Host {
  /** The name in docker-compose.yml: `root-a`. */
  readonly name: string;
  /** Its lab address; bind every listener and every outgoing connection to it. */
  readonly address: string;
  /** The lab's prefix, `10.53` or `127.53`. */
  readonly net: string;
  /** The port to use, here and toward other hosts, where the protocol says `standard`. */
  port(standard: number): number;
  /** `address` and the port to use where the protocol says `standard`. */
  endpoint(standard: number): Endpoint;
  /** The host's own folder, `infra/hosts/<name>`: zone, www, accounts, files. Read-only. */
  readonly dir: string;
  /** Where the program keeps what must last. */
  readonly stateDir: string;
  /** Where the lab's certificate authority is; a server of TLS gets its certificate by `openTls` (tls.ts). */
  readonly authority: AuthorityPlaces;
  /** Lab time: for what a protocol remembers (a TTL, a freshness, a retry). Waiting for a network takes real timers. */
  readonly clock: LabClock;
  /** Look-ups through the lab's local DNS server. */
  readonly names: Names;
  readonly log: Logger;
  /** The database, or null in the embedded lab, where programs keep the same things in memory. */
  readonly redis: Redis | null;
  /** The map of the whole lab: for the observatory; every other host finds its like by name. */
  readMap(): Promise<LabMap>;
  /** The stream of all hosts' reports: for the observatory. */
  openReports(): ReportSource;
  /** A new exchange: `<host>.<counter>`, unique in the lab. */
  newExchange(): string;
  /**
   * Tells the observatory what happened. Never blocks, never throws. A function is called only where the report is told:
   * of so many in a second that nobody could read them (report-rate.ts) the rest is counted.
   */
  report(report: ReportInput | (() => ReportInput)): void;
  /** Whether a report would be told at this moment. */
  hasRoomForReports(): boolean;
  /** Counts reports that were not even offered because there was no room. */
  leaveOutReports(count: number): void;
}

/** What `createHost` puts together into a host. */
export type HostParts = Omit<
  Host,
  'endpoint' | 'newExchange' | 'redis' | 'report' | 'hasRoomForReports' | 'leaveOutReports'
> & {
  readonly program: string;
  /** Connects to the database when a program first asks for it; null where there is none. */
  readonly openRedis: (() => Redis) | null;
  readonly reports: ReportBuffer;
};

/** Octets of randomness that make the exchanges of two starts of a host differ. */
const EXCHANGE_SALT_OCTETS = 3;

export function createHost(parts: HostParts): Host {
  const { program, reports, openRedis, ...rest } = parts;
  const salt = randomBytes(EXCHANGE_SALT_OCTETS).toString('hex');
  let exchanges = 0;
  return {
    ...rest,
    get redis() {
      return openRedis?.() ?? null;
    },
    endpoint: (standard) => ({ address: parts.address, port: parts.port(standard) }),
    newExchange: () => `${parts.name}.${salt}${(exchanges++).toString(36)}`,
    report: (report) =>
      reports.offer(() => {
        const input = typeof report === 'function' ? report() : report;
        return { host: parts.name, program, pid: process.pid, ...input, at: input.at ?? wallClock() };
      }),
    hasRoomForReports: () => reports.hasRoom,
    leaveOutReports: (count) => reports.leaveOut(count),
  };
}
