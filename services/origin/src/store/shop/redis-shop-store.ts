import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { Patience } from '#shared/host/patience.ts';
import {
  type Change,
  type Committed,
  type ShopStore,
  StoreAway,
  SWEPT_MAX,
  TABLES,
  type TableName,
} from './shop-store.ts';

// In Redis a shop is one hash and one sorted set for each table, and a hash of sums:
//
//     shop:<site>:<table>        key -> "<version> <end> <row as JSON>"
//     shop:<site>:<table>:ends   key by its end, in milliseconds of lab time (which Redis does not know: it runs ahead)
//     shop:<site>:tallies        name -> sum

/** How long Redis may take to answer, in milliseconds: one that hangs is as good as one that is away. */
const ANSWER_MS_MAX = 2_000;
/** Octets of randomness in a version. */
const VERSION_OCTETS = 9;

/**
 * Writes all rows or none. Redis runs a script as a whole, with nothing in between. A script whose answer was lost is sent once
 * more by the client: it finds the very row that it has written, and says again that it is done.
 *
 * KEYS: the sums, then hash and ends for each change. ARGV: now, rows to sweep, number of changes; for each change key, version
 * ('' for none), new row ('' for none), end, most rows, whether another makes room; then the sums to raise.
 */
const COMMIT = `
local now, count, changes, at = tonumber(ARGV[1]), tonumber(ARGV[3]), {}, 4
for i = 1, count do
  local c = { rows = KEYS[2 * i], ends = KEYS[2 * i + 1], key = ARGV[at], from = ARGV[at + 1], row = ARGV[at + 2],
    ending = ARGV[at + 3], max = tonumber(ARGV[at + 4]), makesRoom = ARGV[at + 5] == '1' }
  local held = redis.call('HGET', c.rows, c.key)
  if held and held == c.row then return 'done' end
  local version, ending = '', '0'
  if held then version, ending = string.match(held, '^(%S+) (%S+) ') end
  if tonumber(ending) <= now then version = '' end
  if version ~= c.from then return 'stale' end
  changes[i], at = c, at + 6
end
for _, c in ipairs(changes) do
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', c.ends, '-inf', now, 'LIMIT', 0, tonumber(ARGV[2]))) do
    redis.call('HDEL', c.rows, key)
    redis.call('ZREM', c.ends, key)
  end
  if c.from == '' and c.row ~= '' and not c.makesRoom and redis.call('HLEN', c.rows) >= c.max then return 'full' end
end
for _, c in ipairs(changes) do
  if c.row == '' then
    redis.call('HDEL', c.rows, c.key)
    redis.call('ZREM', c.ends, c.key)
  end
end
for _, c in ipairs(changes) do
  if c.row ~= '' then
    while c.from == '' and redis.call('HLEN', c.rows) >= c.max do
      local first = redis.call('ZRANGE', c.ends, 0, 0)[1]
      if not first then break end
      redis.call('HDEL', c.rows, first)
      redis.call('ZREM', c.ends, first)
    end
    redis.call('HSET', c.rows, c.key, c.row)
    redis.call('ZADD', c.ends, c.ending, c.key)
  end
end
for i = at, #ARGV do redis.call('HINCRBY', KEYS[1], ARGV[i], 1) end
return 'done'`;

/** The database of the lab in containers. Redis there writes each command to disk before it answers (appendfsync always). */
export function redisShopStore(redis: Redis, site: string, tables = TABLES): ShopStore {
  const rowsOf = (table: TableName) => `shop:${site}:${table}`;
  const tallyKey = `shop:${site}:tallies`;

  const argumentsOf = ({ table, key, from, row, endsAt }: Change): string[] => {
    const version = randomBytes(VERSION_OCTETS).toString('base64url');
    const kept = row === null ? '' : `${version} ${endsAt} ${JSON.stringify(row)}`;
    const { rowsMax, makesRoom } = tables[table];
    return [key, from ?? '', kept, String(endsAt), String(rowsMax), makesRoom ? '1' : '0'];
  };

  return {
    keptIn: 'Redis',
    find: async (table, key, now) => {
      const kept = await answered(redis.hget(rowsOf(table), key));
      if (kept === null) return null;
      const [version, endsAt] = kept.split(' ', 2) as [string, string];
      if (Number(endsAt) <= now) return null;
      return { row: JSON.parse(kept.slice(version.length + endsAt.length + 2)), version };
    },
    commit: async (changes, tallies, now) => {
      const keys = [tallyKey, ...changes.flatMap(({ table }) => [rowsOf(table), `${rowsOf(table)}:ends`])];
      const head = [String(now), String(SWEPT_MAX), String(changes.length)];
      const values = [...head, ...changes.flatMap(argumentsOf), ...tallies];
      return (await answered(redis.eval(COMMIT, keys.length, ...keys, ...values))) as Committed;
    },
    tallies: async (names) => {
      if (names.length === 0) return new Map();
      const sums = await answered(redis.hmget(tallyKey, ...names));
      return new Map(names.flatMap((name, index) => (sums[index] ? [[name, Number(sums[index])]] : [])));
    },
    count: (table) => answered(redis.hlen(rowsOf(table))),
    trouble: () =>
      redis.status === 'ready' ? null : 'the shop remembers nobody: Redis does not answer. Start the host redis',
  };
}

/** @throws StoreAway when Redis does not answer, or only with an error */
async function answered<T>(asked: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const patience = new Patience(ANSWER_MS_MAX, () => reject(new StoreAway('Redis does not answer in time')));
  try {
    return await Promise.race([asked, late]);
  } catch (error) {
    throw error instanceof StoreAway ? error : new StoreAway(`Redis does not answer: ${(error as Error).message}`);
  } finally {
    patience.end();
  }
}
