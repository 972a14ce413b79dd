/**
 * The nodes of one edition of a zone: a table, and what has changed since it was made. Both stay as they are, so that who
 * reads one edition is not disturbed by the next.
 */

import { NodeTable, type PackedNode, withChanges } from './node-table.ts';
import { keyAt } from './packed-node.ts';
import type { Node } from './zone.ts';

/** Changed names that stand beside the table; with more, a new table is made. */
const CHANGED_MAX = 1_000;

export class ZoneNodes {
  readonly #table: NodeTable;
  /** By `nameKey`; null where a name is no more. */
  readonly #changed: ReadonlyMap<string, Node | null>;

  constructor(table: NodeTable, changed: ReadonlyMap<string, Node | null> = new Map()) {
    this.#table = table;
    this.#changed = changed;
  }

  get(key: string): Node | undefined {
    const changed = this.#changed.get(key);
    return changed === undefined ? this.#table.get(key) : (changed ?? undefined);
  }

  values(): Iterable<Node> {
    return this.#changed.size === 0 ? this.#table.values() : withChanges(this.#table.values(), this.#changed);
  }

  /** All of them packed, in any order. */
  *packed(): Generator<PackedNode> {
    for (const packed of this.#table.packed()) {
      const isChanged = this.#changed.size > 0 && this.#changed.has(keyAt(packed.octets, packed.place));
      if (!isChanged) yield packed;
    }
    for (const node of this.#changed.values()) if (node !== null) yield* NodeTable.of([node]).packed();
  }

  /** The nodes of the next edition, in which these are as given. */
  with(changes: ReadonlyMap<string, Node | null>): ZoneNodes {
    const changed = new Map([...this.#changed, ...changes]);
    return changed.size > CHANGED_MAX ? new ZoneNodes(this.#table.with(changed)) : new ZoneNodes(this.#table, changed);
  }
}
