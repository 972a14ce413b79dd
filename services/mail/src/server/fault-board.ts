import { FAULT_STAGE_NAMES, type FaultStage } from '../protocol/fault-stages.ts';

/** The stages for which there are rules, a bit for each: one thread notes them, and all see them at once. */
export class FaultBoard {
  readonly memory: SharedArrayBuffer;
  readonly #bits: Int32Array;

  constructor(memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#bits = new Int32Array(memory);
  }

  has(stage: FaultStage): boolean {
    return (Atomics.load(this.#bits, 0) & bitOf(stage)) !== 0;
  }

  note(stages: readonly FaultStage[]): void {
    Atomics.store(
      this.#bits,
      0,
      stages.reduce((bits, stage) => bits | bitOf(stage), 0),
    );
  }
}

function bitOf(stage: FaultStage): number {
  return 1 << FAULT_STAGE_NAMES.indexOf(stage);
}
