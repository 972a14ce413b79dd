import type { ResourceRecord } from '../message.ts';
import { ROOT } from '../name.ts';
import { parseName } from '../name-text.ts';
import { parseRdata } from '../rdata-text.ts';
import { CLASS, parseType } from '../registry.ts';

/** A record from one line, `owner ttl type data`: for tests that speak in the notation of zone files. */
export function record(line: string): ResourceRecord {
  const [owner, ttl, type, ...words] = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    (match) => match[1] ?? match[2]!,
  );
  const number = parseType(type!);
  return {
    owner: parseName(owner!),
    ttl: Number(ttl),
    type: number,
    class: CLASS.IN,
    rdata: parseRdata(number, CLASS.IN, { words, origin: ROOT }),
  };
}
