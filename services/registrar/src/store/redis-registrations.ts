import type { Redis } from 'ioredis';
import type { Registration } from '../protocol/registration.ts';
import type { Registrations } from './registrations.ts';

/** The hash in Redis that holds all registrations: name to JSON. */
const KEY = 'registrar:registrations';

// Redis runs a script as a whole, with nothing in between: this is what makes one of two racing registrations win.
const CREATE = `
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 'taken' end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 'full' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 'created'`;

/** Acts on the registration ARGV[1] only if it is in the revision ARGV[2]. */
const IF_REVISION = `
local held = redis.call('HGET', KEYS[1], ARGV[1])
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
      return json === null ? null : (JSON.parse(json) as Registration);
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
    count: () => redis.hlen(KEY),
  };
}
