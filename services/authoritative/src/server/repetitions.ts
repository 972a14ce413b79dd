import type { Message } from '#shared/dns/message.ts';
import { isPlainQuestion, type Repetition } from '#shared/host/dns/request.ts';
import type { Reaction } from '../protocol/respond.ts';
import type { Turn } from '../protocol/rotation.ts';
import type { ZoneTable } from '../store/zone-table.ts';
import type { Manner } from './manner.ts';

type Kind = Reaction['kind'];

/** Says of which answers, and for how long, that they may be given again: until a zone or the manner of answering changes. */
export class Repetitions {
  readonly #table: ZoneTable;
  readonly #manner: Readonly<Manner>;
  readonly #count: (kind: Kind, times: number) => void;
  /** Of answers whose order stands still one serves all of a kind; those of the zones as they are after so many changes. */
  readonly #byKind = new Map<Kind, Repetition>();
  #changes = -1;

  constructor(table: ZoneTable, manner: Readonly<Manner>, count: (kind: Kind, times: number) => void) {
    this.#table = table;
    this.#manner = manner;
    this.#count = count;
  }

  /** The terms on which the answer to `query` may be given again; undefined where it may not. */
  of(query: Message, reaction: Reaction): Repetition | undefined {
    if (!isPlainQuestion(query) || !('rotated' in reaction)) return undefined;
    const { kind, rotated } = reaction;
    if (rotated !== undefined) return this.#make(kind, rotated.turn, rotated.was);
    if (this.#changes !== this.#table.changes) this.#byKind.clear();
    this.#changes = this.#table.changes;
    const known = this.#byKind.get(kind) ?? this.#make(kind, null, 0);
    this.#byKind.set(kind, known);
    return known;
  }

  #make(kind: Kind, turn: Turn | null, was: number): Repetition {
    const { changes } = this.#table;
    const isTrue = () =>
      this.#table.changes === changes && this.#manner.delayMs === 0 && this.#manner.recursion === 'none';
    return {
      turn: was,
      due: () => (isTrue() ? (turn?.due() ?? 0) : undefined),
      given: () => {
        this.#count(kind, 1);
        turn?.take();
      },
      lend: () => {
        if (!isTrue()) return undefined;
        return { rotations: turn?.rotations ?? 1, countedAs: kind, given: (times) => this.#count(kind, times) };
      },
    };
  }
}
