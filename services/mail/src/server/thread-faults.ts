import type { ThreadLine } from '#shared/host/thread-line.ts';
import type { FaultFacts } from '../protocol/fault-rules.ts';
import type { FaultStage } from '../protocol/fault-stages.ts';
import { type MagicRecipient, magicAmong, magicStages } from '../protocol/magic-recipients.ts';
import type { FaultBoard } from './fault-board.ts';
import type { Asking, FaultOutcome, FaultPoints } from './faults.ts';
import type { ToMain } from './smtp-thread-messages.ts';

/** The faults of this server as a thread meets them: the main thread, which has the rules, is asked where one may strike. */
export class ThreadFaults implements FaultPoints {
  readonly #main: Pick<ThreadLine<ToMain>, 'ask' | 'tell'>;
  readonly #board: FaultBoard;
  readonly #magic: ReadonlyMap<string, MagicRecipient>;
  readonly #ownDomains: readonly string[];
  readonly #magicStages: ReadonlySet<string>;
  #meetings = 0;

  constructor(
    main: Pick<ThreadLine<ToMain>, 'ask' | 'tell'>,
    board: FaultBoard,
    magic: ReadonlyMap<string, MagicRecipient>,
    ownDomains: readonly string[],
  ) {
    this.#main = main;
    this.#board = board;
    this.#magic = magic;
    this.#ownDomains = ownDomains;
    this.#magicStages = magicStages(magic);
  }

  isIdleAt(stage: FaultStage): boolean {
    return !this.#board.has(stage) && !this.#magicStages.has(stage);
  }

  async meet(stage: FaultStage, facts: FaultFacts, { exchange, gone }: Asking = {}): Promise<FaultOutcome | null> {
    const isMagic = !magicAmong(facts.recipients ?? [], stage, this.#magic, this.#ownDomains).next().done;
    if (!isMagic && !this.#board.has(stage)) return null;
    this.#meetings += 1;
    const meeting = this.#meetings;
    const leave = () => this.#main.tell({ do: 'leave', meeting });
    gone?.addEventListener('abort', leave, { once: true });
    try {
      return await this.#main.ask({ do: 'meet', meeting, stage, facts, exchange });
    } finally {
      gone?.removeEventListener('abort', leave);
    }
  }
}
