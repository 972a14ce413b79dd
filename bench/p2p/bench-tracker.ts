import type { ReportInput } from '#shared/report.ts';
import { createLabHost, startOn } from '../../labs/kit/lab-host.ts';
import { program } from '../../services/tracker/src/program.ts';

export const TRACKER_PORT = 6969;
/** Long enough that nobody announces without an event while a run lasts. */
const INTERVAL_S = 1_800;

/** What a client told the tracker. */
interface Announced {
  readonly event: string;
  readonly uploaded: number;
  readonly at: number;
}

/**
 * The tracker of a bench, in its own process: what clients tell it is how all of them are measured, ours and others. An
 * event `completed` is the end of a download, and `uploaded` beside `stopped` is what a client has sent.
 */
export class BenchTracker {
  readonly #announced = new Map<string, Announced[]>();
  readonly #waiting = new Set<() => void>();
  #stop: () => Promise<void> = async () => {};

  static async start(address: string): Promise<BenchTracker> {
    const tracker = new BenchTracker();
    const heard = (report: ReportInput) => tracker.#hear(report);
    const host = createLabHost({ name: 'tracker', program: 'tracker', address, names: {}, heard });
    const running = await startOn(program, host, { INTERVAL_S: String(INTERVAL_S), MIN_INTERVAL_S: '0' });
    tracker.#stop = async () => {
      await running.stop();
      host.remove();
    };
    return tracker;
  }

  /** Forgets what was heard before: a new run begins. */
  forget(): void {
    this.#announced.clear();
  }

  /** When each of `addresses` said `event`, in milliseconds of performance.now(). @throws Error after `msMax` */
  async whenAll(event: string, addresses: readonly string[], msMax: number): Promise<readonly number[]> {
    const times = () => addresses.map((address) => this.#said(address, event)?.at);
    const isOver = () => times().every((at) => at !== undefined);
    if (!isOver()) await this.#until(isOver, msMax, () => `${missing(addresses, times())} did not say ${event}`);
    return times().map((at) => at ?? Number.NaN);
  }

  /** Octets that a client had sent when it said `event`; not a number if it never said so. */
  uploaded(address: string, event: string): number {
    return this.#said(address, event)?.uploaded ?? Number.NaN;
  }

  stop(): Promise<void> {
    return this.#stop();
  }

  #said(address: string, event: string): Announced | undefined {
    return this.#announced.get(address)?.find((announced) => announced.event === event);
  }

  #hear({ kind, from, message }: ReportInput): void {
    if (kind !== 'tracker.announce' || from === undefined) return;
    const { event, uploaded } = message as { event?: string | null; uploaded?: number };
    const announced = { event: event ?? '', uploaded: uploaded ?? Number.NaN, at: performance.now() };
    this.#announced.set(from.address, [...(this.#announced.get(from.address) ?? []), announced]);
    for (const look of this.#waiting) look();
  }

  #until(isOver: () => boolean, msMax: number, trouble: () => string): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(deadline);
        this.#waiting.delete(look);
        settle();
      };
      const look = () => {
        if (isOver()) end(resolve);
      };
      const deadline = setTimeout(() => end(() => reject(new Error(`${trouble()} within ${msMax / 1000} s`))), msMax);
      this.#waiting.add(look);
    });
  }
}

function missing(addresses: readonly string[], times: readonly (number | undefined)[]): string {
  return addresses.filter((_, nth) => times[nth] === undefined).join(', ');
}
