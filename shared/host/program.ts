import type { ZodType } from 'zod';
import type { Host } from './host.ts';

/**
 * The shape of every program of the lab. `services/<name>/src/program.ts` exports one of these as `program`; the
 * container's `main.ts` and the embedded lab both start it by it.
 */
export interface Program<Config> {
  /** The name of its folder in `services/`. */
  readonly name: string;
  /** What it reads from its environment: names, defaults, units and limits. */
  readonly config: ZodType<Config>;
  /** Whether it cannot begin without the database. Once it runs it lives with a Redis that is away, and says so. */
  readonly needsRedis?: true;
  /** Starts the program on a host; resolves when it serves, rejects with one sentence when it cannot. */
  start(config: Config, host: Host): Promise<Running>;
}

/** A started program. */
export interface Running {
  /** What it knows at this moment, as plain JSON for `GET /state`: caches, queues, tables, counters. */
  state(): object | Promise<object>;
  /** Null while it serves as it should, otherwise a sentence that says what is missing. */
  health?(): string | null;
  /** Reads its files again: SIGHUP. What is wrong with them is said by `health` and log. */
  reload?(): Promise<void>;
  /** What the host is at this moment, where its data decide that and not its program: `['root']`, `['TLD']`. */
  roles?(): readonly string[];
  /** What a person or a test may ask of it: `POST /actions/<name>`. */
  readonly actions?: Readonly<Record<string, Action>>;
  /** Stops serving, keeps what must last, and closes every socket. */
  stop(): Promise<void>;
}

/** One thing that can be asked of a running program from outside its protocol. */
export interface Action {
  /** What it does, in a sentence. */
  readonly does: string;
  /** Does it. `input` has passed the schema; the result is plain JSON. */
  run(input: unknown): Promise<object> | object;
}

/** An action whose input is checked by `input` before `run` sees it. */
export function action<Input>(
  does: string,
  input: ZodType<Input>,
  run: (input: Input) => Promise<object> | object,
): Action {
  return { does, run: (given) => run(input.parse(given ?? {})) };
}
