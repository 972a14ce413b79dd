import type { Customer, Session } from '../../protocol/shop/customer.ts';
import type { Visitor } from '../../protocol/shop/visitor.ts';

/** The tables of the shop's database, and what a row of each is. */
export interface Tables {
  visitor: Visitor;
  customer: Customer;
  session: Session;
}

export type TableName = keyof Tables;

/**
 * How many rows a table has at most. Of visitors and sessions the one that would end first makes room for a new one; a
 * customer, who has orders, is never dropped for another: then the shop takes no more. All rows at their longest are 130 MB, of
 * the 256 MB that Redis has in the lab.
 */
export const TABLES: Readonly<Record<TableName, { readonly rowsMax: number; readonly makesRoom: boolean }>> = {
  visitor: { rowsMax: 2_000, makesRoom: true },
  session: { rowsMax: 1_000, makesRoom: true },
  customer: { rowsMax: 500, makesRoom: false },
};

/** A row as it was read. */
export interface Held<Row> {
  readonly row: Row;
  /** Changes with each change of the row. */
  readonly version: string;
}

/** One row that is to be written. */
export type Change = {
  [Name in TableName]: {
    readonly table: Name;
    readonly key: string;
    /** The version that the new row was made from; null: there is no such row. */
    readonly from: string | null;
    /** null: the row is removed. */
    readonly row: Tables[Name] | null;
    /** Lab time at which the row is forgotten, in milliseconds since 1970. */
    readonly endsAt: number;
  };
}[TableName];

/** `stale`: somebody was faster, nothing was written. `full`: the table takes no more rows, nothing was written. */
export type Committed = 'done' | 'stale' | 'full';

/** The database of a shop. Every method is atomic. @throws StoreAway from each of them */
export interface ShopStore {
  readonly keptIn: 'Redis' | 'memory';
  find<Name extends TableName>(table: Name, key: string, now: number): Promise<Held<Tables[Name]> | null>;
  /** Writes all rows, and adds one to each of the sums, or does nothing at all. */
  commit(changes: readonly Change[], tallies: readonly string[], now: number): Promise<Committed>;
  /** The sums of these names; one that nobody has added to is left out. */
  tallies(names: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Rows of a table, those included that have ended and were not swept out yet. */
  count(table: TableName): Promise<number>;
  trouble(): string | null;
}

/** The database does not answer. */
export class StoreAway extends Error {
  override readonly name = 'StoreAway';
}

/** Rows that have ended and are swept out with one commit. */
export const SWEPT_MAX = 16;
