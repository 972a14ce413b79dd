import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Logger } from 'pino';
import type { LabClock } from '#shared/host/clock.ts';
import { readConfig } from '#shared/host/config.ts';
import { startControl } from '#shared/host/control.ts';
import { createHost, type Host } from '#shared/host/host.ts';
import { type HostOnMap, type LabMap, MapError } from '#shared/host/lab-map.ts';
import type { Names } from '#shared/host/names.ts';
import type { Program, Running } from '#shared/host/program.ts';
import { ReportBuffer } from '#shared/host/report-buffer.ts';
import type { ReportBus } from '#shared/host/report-bus.ts';
import { nameserverIn } from '#shared/host/resolv-conf.ts';
import { sayWhatIsWrong } from '#shared/host/start-error.ts';
import { addressInLab } from '#shared/lab-net.ts';

/** How long a host may take to become healthy after its start, in milliseconds: it takes one second, and on a busy machine many. */
const HEALTHY_MS_MAX = 120_000;
/** Pause between two looks at a host's health, in milliseconds. */
const HEALTH_PAUSE_MS = 10;

/** What all hosts of one embedded lab share. */
export interface LabParts {
  readonly net: string;
  readonly map: LabMap;
  /** Where `services/` is. */
  readonly root: string;
  /** The folder that has a folder for each host. */
  readonly hostsDir: string;
  readonly stateDir: string;
  readonly bus: ReportBus;
  readonly clock: LabClock;
  readonly log: Logger;
  port(standard: number): number;
  /** Look-ups from `localAddress` through the local DNS server at `resolver`, or through the lab's first one. */
  openNames(localAddress: string, resolver?: string): Names;
}

interface Started {
  readonly running: Running;
  readonly stopControl: () => Promise<void>;
  readonly names: Names;
  readonly reports: ReportBuffer;
}

/** Which host the code that runs at this moment belongs to: a crash is then charged to it, and to no other. */
const current = new AsyncLocalStorage<EmbeddedHost>();

export function currentHost(): EmbeddedHost | undefined {
  return current.getStore();
}

/** One host of the embedded lab: what a container is in the other form. */
export class EmbeddedHost {
  readonly name: string;
  readonly group: string;
  readonly role: string;
  readonly address: string;
  readonly program: string;
  readonly onMap: HostOnMap;
  readonly #parts: LabParts;
  #started: Started | null = null;
  /** The start that is under way. */
  #starting: Promise<void> | null = null;

  constructor(onMap: HostOnMap, parts: LabParts) {
    this.name = onMap.name;
    this.group = onMap.group;
    this.role = onMap.role;
    this.address = onMap.address;
    this.program = onMap.program ?? '';
    this.onMap = onMap;
    this.#parts = parts;
  }

  /** The port of this lab where a protocol says `standard`. */
  port(standard: number): number {
    return this.#parts.port(standard);
  }

  /** Starts the program, or does nothing when it runs. @throws Error with one sentence that names host and remedy */
  async start(): Promise<void> {
    if (this.#started !== null) return;
    this.#starting ??= this.runAs(async () => {
      try {
        this.#started = await this.#startProgram();
      } catch (error) {
        throw new Error(`${this.name}: ${sayWhatIsWrong(error)}`, { cause: error });
      } finally {
        this.#starting = null;
      }
    });
    await this.#starting;
  }

  /** Stops the program and frees its ports, or does nothing when it does not run. What is starting is waited for. */
  async stop(): Promise<void> {
    await this.#starting?.catch(() => {});
    const started = this.#started;
    if (started === null) return;
    this.#started = null;
    await started.stopControl();
    await started.running.stop();
    await started.names.close();
    await started.reports.close();
  }

  get isUp(): boolean {
    return this.#started !== null;
  }

  /** Runs `work` as code of this host: what it lets escape, then or later, is a crash of this host. */
  runAs<Result>(work: () => Result): Result {
    return current.run(this, work);
  }

  /** What `GET /state` of the host says: what that is like, the caller knows from its manual page. */
  async state<State extends object = Record<string, unknown>>(): Promise<State> {
    return (await this.#running().state()) as State;
  }

  /** What `POST /actions/<name>` of the host does. */
  async action<Answer extends object = Record<string, unknown>>(name: string, input: object = {}): Promise<Answer> {
    const { actions = {} } = this.#running();
    const chosen = actions[name];
    if (chosen !== undefined) return (await this.runAs(() => chosen.run(input))) as Answer;
    throw new RangeError(`${this.name} has no action "${name}": ${Object.keys(actions).join(', ') || 'it has none'}`);
  }

  /** Null when the host serves as it should, otherwise what is missing. */
  health(): string | null {
    return this.#started === null ? 'it is stopped' : (this.#started.running.health?.() ?? null);
  }

  /** Resolves when the host is healthy. @throws Error that says what is missing, when it takes too long or nobody waits any more */
  async healthy(signal?: AbortSignal): Promise<void> {
    const deadline = performance.now() + HEALTHY_MS_MAX;
    for (let trouble = this.health(); trouble !== null; trouble = this.health()) {
      if (performance.now() > deadline || signal?.aborted)
        throw new Error(`${this.name} does not become healthy: ${trouble}`);
      await new Promise((resolve) => setTimeout(resolve, HEALTH_PAUSE_MS));
    }
  }

  #running(): Running {
    if (this.#started === null) throw new Error(`${this.name} is stopped`);
    return this.#started.running;
  }

  async #startProgram(): Promise<Started> {
    const { root, log } = this.#parts;
    const path = join(root, 'services', this.program, 'src', 'program.ts');
    const { program } = (await import(pathToFileURL(path).href)) as { program: Program<unknown> };
    const config = readConfig(program.config, this.onMap.environment, (variable) => this.onMap.where(variable));
    const names = this.#parts.openNames(this.address, this.#nameserver());
    const reports = new ReportBuffer(this.#parts.bus, (error) => log.warn(error.message));
    const host = this.#createHost(names, reports);
    let running: Running | undefined;
    try {
      running = await program.start(config, host);
      const stopControl = await startControl(host, this.program, running);
      return { running, stopControl, names, reports };
    } catch (error) {
      await running?.stop();
      await names.close();
      throw error;
    }
  }

  /** The local DNS server that the map gives this host, or undefined for the lab's first one. */
  #nameserver(): string | undefined {
    const { resolvConf, where } = this.onMap;
    if (resolvConf === null) return undefined;
    try {
      const text = readFileSync(join(dirname(this.#parts.map.file), resolvConf), 'utf8');
      const written = nameserverIn(text);
      if (written === undefined) throw new MapError('it names no nameserver');
      return addressInLab(written, this.#parts.net);
    } catch (error) {
      throw new MapError(`${where()}: its resolv.conf cannot be used: ${(error as Error).message}`);
    }
  }

  #createHost(names: Names, reports: ReportBuffer): Host {
    const { net, map, hostsDir, clock, log, bus, stateDir } = this.#parts;
    const ownState = join(stateDir, this.name);
    mkdirSync(ownState, { recursive: true });
    return createHost({
      name: this.name,
      program: this.program,
      address: this.address,
      net,
      port: (standard) => this.port(standard),
      dir: join(hostsDir, this.name),
      stateDir: ownState,
      authority: { dir: join(stateDir, 'ca'), publicDir: join(stateDir, 'ca') },
      clock,
      names,
      log: log.child({ host: this.name }),
      openRedis: null,
      reports,
      readMap: async () => map,
      openReports: () => bus,
    });
  }
}
