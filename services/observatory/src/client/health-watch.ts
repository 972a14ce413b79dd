import type { HostOnMap } from '#shared/host/lab-map.ts';
import { type ControlClient, ControlFailure } from './control-client.ts';

/** Hosts that are asked at once. */
const CONCURRENCY = 8;
/** Longest answer to "how are you?", in octets. */
const ANSWER_BYTES_MAX = 16 * 1024;

/**
 * How a host is: it serves (`up`); it answers, but something is missing (`trouble`); it does not answer (`down`); it runs
 * software that has no control API (`not-asked`); its first answer is still awaited (`asking`).
 */
export type HealthMark = 'up' | 'trouble' | 'down' | 'not-asked' | 'asking';

export interface Health {
  readonly mark: HealthMark;
  /** What is wrong, in a sentence; null when nothing is. */
  readonly reason: string | null;
  /** When the mark became this, in milliseconds since 1970 by the machine's clock. */
  readonly since: number;
  /** How far the host's lab time is ahead of the machine's, in milliseconds; null until it has said so. */
  readonly labAheadMs: number | null;
}

/** Asks every host of the map again and again how it is, and remembers the answers. */
export class HealthWatch {
  readonly #hosts: readonly HostOnMap[];
  readonly #client: ControlClient;
  readonly #options: { readonly periodMs: number; readonly timeoutMs: number };
  readonly #health = new Map<string, Health>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    hosts: readonly HostOnMap[],
    client: ControlClient,
    options: { readonly periodMs: number; readonly timeoutMs: number },
  ) {
    this.#hosts = hosts;
    this.#client = client;
    this.#options = options;
    const since = Date.now();
    for (const { name, program } of hosts) {
      const mark = program === null ? 'not-asked' : 'asking';
      this.#health.set(name, { mark, reason: null, since, labAheadMs: null });
    }
  }

  /** Asks from now on; `afterRound` is done when all have answered, and before they are asked again. */
  start(afterRound: () => Promise<void> = async () => {}): void {
    void this.#rounds(afterRound);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  of(name: string): Health {
    return this.#health.get(name) ?? { mark: 'not-asked', reason: null, since: 0, labAheadMs: null };
  }

  /** How far the clock of the host that is furthest ahead is before the machine's, in milliseconds. */
  get labAheadMs(): number {
    return Math.max(0, ...[...this.#health.values()].map(({ labAheadMs }) => labAheadMs ?? 0));
  }

  /** Asks every host once, now. */
  async lookAtAll(): Promise<void> {
    const waiting = this.#hosts.filter(({ program }) => program !== null).values();
    const worker = async () => {
      for (const host of waiting) {
        if (this.#stopped) return;
        this.#note(host.name, await this.#ask(host));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  }

  async #rounds(afterRound: () => Promise<void>): Promise<void> {
    const begun = performance.now();
    await this.lookAtAll();
    await afterRound();
    if (this.#stopped) return;
    const pause = Math.max(0, this.#options.periodMs - (performance.now() - begun));
    this.#timer = setTimeout(() => void this.#rounds(afterRound), pause);
  }

  async #ask(host: HostOnMap): Promise<Pick<Health, 'mark' | 'reason' | 'labAheadMs'>> {
    const known = this.of(host.name).labAheadMs;
    try {
      const { timeoutMs } = this.#options;
      const question = { method: 'GET', path: '/health', timeoutMs, bytesMax: ANSWER_BYTES_MAX } as const;
      const { status, body } = await this.#client.ask(host.address, question);
      return readHealth(status, body) ?? trouble(`its control API answers with status ${status}`, known);
    } catch (error) {
      if (error instanceof ControlFailure) return { mark: 'down', reason: error.message, labAheadMs: null };
      return trouble(`its answer cannot be read: ${(error as Error).message}`, known);
    }
  }

  #note(name: string, found: Pick<Health, 'mark' | 'reason' | 'labAheadMs'>): void {
    const before = this.of(name);
    this.#health.set(name, { ...found, since: found.mark === before.mark ? before.since : Date.now() });
  }
}

function trouble(reason: string, labAheadMs: number | null) {
  return { mark: 'trouble', reason, labAheadMs } as const;
}

/** The answer of `GET /health` (shared/host/control.ts), or null when it is none. */
function readHealth(status: number, body: Buffer): Pick<Health, 'mark' | 'reason' | 'labAheadMs'> | null {
  if (status !== 200 && status !== 503) return null;
  const answer = JSON.parse(body.toString('utf8')) as { trouble?: unknown; labAheadMs?: unknown };
  const labAheadMs = typeof answer.labAheadMs === 'number' ? answer.labAheadMs : null;
  if (typeof answer.trouble === 'string') return { mark: 'trouble', reason: answer.trouble, labAheadMs };
  return status === 200 ? { mark: 'up', reason: null, labAheadMs } : null;
}
