/** The lab as a library. */

import type { LabMail } from './topdown-mail.js';

export * from './topdown-mail.js';

export interface LabOptions {
  /** Two octets that all addresses of this lab begin with; give each lab of a machine its own. Default `127.53`. */
  readonly net?: string;
  /** Groups to start (`dns`, `web`, `mail`, `p2p`, `sockets`); all when absent. DNS and the observatory come with every group. */
  readonly only?: readonly string[];
  /** Where hosts keep what must last; of one running lab at a time. Default: a new folder that `stop` removes. */
  readonly stateDir?: string;
  /** Whether to forget what an earlier run kept in `stateDir`. */
  readonly fresh?: boolean;
  /** The address of this machine on which the map's published ports are offered; none when absent. */
  readonly publish?: string;
  /** The map; its hosts' files are in `infra/hosts` beside it. Default: the lab's own docker-compose.yml. */
  readonly map?: string;
  /** Level of the log on standard error: `warn` by default. */
  readonly logLevel?: string;
}

export interface LabHost {
  readonly name: string;
  readonly group: string;
  readonly role: string;
  readonly address: string;
  readonly program: string;
  readonly isUp: boolean;
  /** The port of this host where a protocol says `standard`. */
  port(standard: number): number;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Null when the host serves as it should, otherwise what is missing. */
  health(): string | null;
  /** Resolves when the host is healthy. @throws Error that says what is missing */
  healthy(): Promise<void>;
  /** What the program knows at this moment: caches, queues, tables, counters. */
  state<State extends object = Record<string, unknown>>(): Promise<State>;
  /** One of the program's actions: see its manual page. */
  action<Answer extends object = Record<string, unknown>>(name: string, input?: object): Promise<Answer>;
}

export interface Report {
  readonly at: number;
  readonly host: string;
  readonly program: string;
  readonly pid: number;
  readonly kind: string;
  readonly from?: { readonly address: string; readonly port: number } | undefined;
  readonly to?: { readonly address: string; readonly port: number } | undefined;
  readonly exchange: string;
  readonly cause?: string | undefined;
  readonly summary: string;
  readonly message?: object | undefined;
  readonly because?: string | undefined;
}

export interface Lab {
  readonly net: string;
  /** How much is added to ports below 1024: 0, or 10000 where this user may not bind them. */
  readonly portOffset: number;
  readonly hosts: readonly LabHost[];
  /** The host of this name in docker-compose.yml. @throws RangeError with the names that there are */
  host(name: string): LabHost;
  /** The addresses (`A`) or mail exchanges (`MX`) of a name, through the lab's local DNS server. */
  resolve(name: string, type?: 'A' | 'MX'): Promise<readonly string[]>;
  /** The mail of a domain such as `crepes.fr`. @throws RangeError with the domains that there are */
  mail(domain: string): LabMail;
  /** Every report of every host, from now on; each comes a moment after what it tells. */
  readonly reports: { subscribe(take: (report: Report) => void): () => void };
  /** Moves the lab's clock forward on all hosts. */
  advanceClock(ms: number): void;
  /** Stops all hosts, frees all ports; once is enough, twice does no harm. */
  stop(): Promise<void>;
}

/** Starts the lab inside this process, on loopback addresses. @throws Error that says what is wrong and what to do */
export function startLab(options?: LabOptions): Promise<Lab>;
