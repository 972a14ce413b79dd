import {
  type Change,
  type Committed,
  type Held,
  type ShopStore,
  SWEPT_MAX,
  TABLES,
  type TableName,
  type Tables,
} from './shop-store.ts';

interface Kept {
  /** As JSON: what is read is never what another reader holds. */
  readonly text: string;
  readonly version: string;
  readonly endsAt: number;
}

/** The database of the embedded lab. It is gone when the lab ends. */
export function memoryShopStore(tables = TABLES): ShopStore {
  const rows: Readonly<Record<TableName, Map<string, Kept>>> = {
    visitor: new Map(),
    customer: new Map(),
    session: new Map(),
  };
  const sums = new Map<string, number>();
  let versions = 0;

  const live = (table: TableName, key: string, now: number): Kept | null => {
    const kept = rows[table].get(key);
    return kept === undefined || kept.endsAt <= now ? null : kept;
  };
  const find = async <Name extends TableName>(
    table: Name,
    key: string,
    now: number,
  ): Promise<Held<Tables[Name]> | null> => {
    const kept = live(table, key, now);
    return kept === null ? null : { row: JSON.parse(kept.text) as Tables[Name], version: kept.version };
  };
  const hasRoom = (table: TableName) => tables[table].makesRoom || rows[table].size < tables[table].rowsMax;

  const write = ({ table, key, row, endsAt }: Change): void => {
    rows[table].delete(key);
    if (row === null) return;
    while (rows[table].size >= tables[table].rowsMax) rows[table].delete(firstToEnd(rows[table]));
    versions += 1;
    rows[table].set(key, { text: JSON.stringify(row), version: String(versions), endsAt });
  };

  const commit = async (changes: readonly Change[], tallies: readonly string[], now: number): Promise<Committed> => {
    if (changes.some(({ table, key, from }) => (live(table, key, now)?.version ?? null) !== from)) return 'stale';
    for (const { table } of changes) sweep(rows[table], now);
    if (changes.some(({ table, from, row }) => from === null && row !== null && !hasRoom(table))) return 'full';
    // What goes makes room for what comes.
    for (const change of changes.toSorted((a, b) => Number(a.row !== null) - Number(b.row !== null))) write(change);
    for (const name of tallies) sums.set(name, (sums.get(name) ?? 0) + 1);
    return 'done';
  };

  return {
    keptIn: 'memory',
    find,
    commit,
    tallies: async (names) => new Map(names.flatMap((name) => (sums.has(name) ? [[name, sums.get(name)!]] : []))),
    count: async (table) => rows[table].size,
    trouble: () => null,
  };
}

function sweep(kept: Map<string, Kept>, now: number): void {
  let swept = 0;
  for (const [key, { endsAt }] of kept) {
    if (endsAt > now) continue;
    kept.delete(key);
    swept += 1;
    if (swept === SWEPT_MAX) return;
  }
}

function firstToEnd(kept: ReadonlyMap<string, Kept>): string {
  let first: [string, Kept] | undefined;
  for (const entry of kept) if (first === undefined || entry[1].endsAt < first[1].endsAt) first = entry;
  return first![0];
}
