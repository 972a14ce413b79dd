import type { ResourceRecord } from '#shared/dns/message.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { parseRdata } from '#shared/dns/rdata-text.ts';
import { CLASS, parseType } from '#shared/dns/registry.ts';

/** A record from a line `owner TTL TYPE data`, its names below `origin`. */
export function record(line: string, origin = 'example.'): ResourceRecord {
  const [owner, ttl, type, ...words] = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    (match) => match[1] ?? match[2]!,
  );
  const below = parseName(origin);
  return {
    ...{ owner: owner === '@' ? below : parseName(owner!, below), ttl: Number(ttl), class: CLASS.IN },
    ...{ type: parseType(type!), rdata: parseRdata(parseType(type!), CLASS.IN, { words, origin: below }) },
  };
}
