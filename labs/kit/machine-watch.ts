import { cpus } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often the event loop is looked at, in milliseconds. */
const RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;
const US_PER_MS = 1e3;
/**
 * When one timer of a hundred comes later than this, in milliseconds, the machine is measured and not the network: rates catch
 * up with what was missed, but whoever waits for an answer has waited longer.
 */
const LATE_MS_MAX = 200;
/** A machine that stood still for longer than this, in milliseconds: no rate catches up with more. */
const STANDSTILL_MS_MAX = 1_000;
/** The same as a part of the whole measurement: nothing is caught up with that happens at its end. */
const STANDSTILL_PORTION_MAX = 0.05;

/** What the machine did to a measurement. */
export interface MachineLoad {
  /** How late timers came: 99 of 100 no later than this, in milliseconds. */
  readonly lateMs: number;
  /** How late the latest one came, in milliseconds. */
  readonly standstillMs: number;
  /** Part of one processor that this process used. */
  readonly processor: number;
  /** Whether timers were so late that a limited rate cannot have been kept. */
  readonly wasBusy: boolean;
}

/** Watches the event loop during a measurement: rates are kept by timers, and a busy machine lets timers wait. */
export function watchMachine(): () => MachineLoad {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  delay.enable();
  return () => {
    delay.disable();
    const { user, system } = process.cpuUsage(cpuBefore);
    const elapsedMs = performance.now() - startedAt;
    const lateMs = Math.max(0, delay.percentile(99) / NS_PER_MS - RESOLUTION_MS);
    const standstillMs = Math.max(0, delay.max / NS_PER_MS - RESOLUTION_MS);
    const standstillMsMax = Math.min(STANDSTILL_MS_MAX, STANDSTILL_PORTION_MAX * elapsedMs);
    const wasBusy = lateMs > LATE_MS_MAX || standstillMs > standstillMsMax;
    return { lateMs, standstillMs, processor: (user + system) / US_PER_MS / elapsedMs, wasBusy };
  };
}

/** The machine, for the reader of a result. */
export function describeMachine(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim();
  return `${processors.length} × ${model === undefined || model === '' ? 'processor' : model}, ${process.platform}, Node ${process.version}`;
}
