import type { Redis } from 'ioredis';
import { dueTask, type Registration } from '../protocol/registration.ts';
import type { Registrations } from './registrations.ts';

/** The hash in Redis that holds all registrations: name to JSON. */
const KEY = 'registrar:registrations';
/** Registrations that are asked for at once when all are read. */
const PAGE = 500;

// Redis runs a script as a whole, with nothing in between: this is what makes one of two racing registrations win. A command
// whose answer was lost is sent once more by the client: it finds its own work, and says again that it is done.
const CREATE = `
local held = redis.call('HGET', KEYS[1], ARGV[1])
if held == ARGV[2] then return 'created' end
if held then return 'taken' end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 'full' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 'created'`;

/** Acts on the registration ARGV[1] only if it is in the revision ARGV[2]. */
const IF_REVISION = `
local held = redis.call('HGET', KEYS[1], ARGV[1])
if held and held == ARGV[3] then return 1 end
if not held or cjson.decode(held).revision ~= tonumber(ARGV[2]) then return 0 end`;
const REPLACE = `${IF_REVISION}
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1`;
const REMOVE = `${IF_REVISION}
return redis.call('HDEL', KEYS[1], ARGV[1])`;

/** The database of the lab in containers. Redis there writes each command to disk before it answers (appendfsync always). */
export function redisRegistrations(redis: Redis, registrationsMax: number): Registrations {
  return {
    find: async (name) => {
      const json = await redis.hget(KEY, name);
      return json === null ? null : parse(json);
    },
    create: async (registration) => {
      const json = JSON.stringify(registration);
      return (await redis.eval(CREATE, 1, KEY, registration.name, json, registrationsMax)) as
        | 'created'
        | 'taken'
        | 'full';
    },
    replace: async (registration) => {
      const { name, revision } = registration;
      return (await redis.eval(REPLACE, 1, KEY, name, revision - 1, JSON.stringify(registration))) === 1;
    },
    remove: async (name, revision) => (await redis.eval(REMOVE, 1, KEY, name, revision)) === 1,
    all: async function* () {
      let cursor = '0';
      do {
        const [next, fields] = await redis.hscan(KEY, cursor, 'COUNT', PAGE);
        cursor = next;
        for (let at = 1; at < fields.length; at += 2) yield parse(fields[at]!);
      } while (cursor !== '0');
    },
    count: () => redis.hlen(KEY),
  };
}

/** A registration that an earlier edition of the registrar kept has never been tried to enter: it is due. */
function parse(json: string): Registration {
  const held = JSON.parse(json) as Partial<Registration>;
  return { ...{ ours: [], task: dueTask(0), zoneChange: null }, ...held } as Registration;
}
