/** The explanation of one answer as JSON, for the control actions `explain` and `walk`. */
import { formatInfoCode } from '#shared/dns/extended-error.ts';
import type { ResourceRecord } from '#shared/dns/message.ts';
import { formatName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { formatRcode, formatType } from '#shared/dns/registry.ts';
import type { Cached } from '../protocol/cache.ts';
import type { AskedServer, NotedStep } from '../protocol/explanation.ts';
import type { Resolved } from './recursion.ts';

export function explanationOf({ resolution, steps, queries }: Resolved): object {
  const { rcode, answer, authority, errors, because } = resolution;
  return {
    rcode: formatRcode(rcode),
    answer: lines(answer),
    authority: lines(authority),
    errors: errors.map(({ infoCode, extraText }) => ({
      code: infoCode,
      name: formatInfoCode(infoCode),
      text: extraText,
    })),
    because,
    elapsedMs: steps.at(-1)?.atMs ?? 0,
    queries,
    steps: steps.map(describedStep),
  };
}

/** A step with names and records as people write them. */
function describedStep(step: NotedStep): object {
  const { kind, atMs, depth, because } = step;
  return { kind, atMs, depth, ...detailsOf(step), because };
}

function detailsOf(step: NotedStep): object {
  switch (step.kind) {
    case 'question':
      return { ...asked(step), for: step.purpose };
    case 'cache':
      return { ...asked(step), ...(typeof step.found === 'string' ? { found: step.found } : cached(step.found)) };
    case 'alias':
      return { name: formatName(step.name), target: formatName(step.target) };
    case 'zone': {
      const { zone, servers } = step.delegation;
      const shown = servers.map(({ name, addresses }) => ({ name: formatName(name), addresses }));
      return { zone: formatName(zone), source: step.source, servers: shown };
    }
    case 'server': {
      const candidates = step.candidates.map(({ srttMs, timeoutMs, ...rest }) => ({
        ...rest,
        srttMs: srttMs === null ? null : rounded(srttMs),
        timeoutMs: Math.round(timeoutMs),
        isChosen: rest.address === step.server.address,
      }));
      return { zone: formatName(step.zone), ...server(step.server), candidates };
    }
    case 'query': {
      const { query, transport, rd, hasEdns, isMinimised, isShared } = step;
      return {
        ...{ query, ...asked(step), server: server(step.server) },
        ...{ transport, rd: rd ? 1 : 0, hasEdns, isMinimised, isShared },
      };
    }
    case 'reply': {
      const { query, meaning, zone } = step;
      return {
        ...{ query, server: server(step.server), meaning, elapsedMs: rounded(step.elapsedMs) },
        ...(zone === null ? {} : { zone: formatName(zone) }),
        ...{ records: lines(step.records), glue: lines(step.glue) },
      };
    }
    case 'silence':
      return { query: step.query, server: server(step.server), failure: step.failure };
    case 'finding':
      return { server: formatName(step.server) };
    case 'pause':
      return { ms: step.ms };
    case 'answer':
      return {
        rcode: formatRcode(step.rcode),
        records: lines(step.records),
        errors: step.errors.map(({ infoCode }) => infoCode),
      };
  }
}

function asked({ name, type }: { readonly name: AskedServer['name']; readonly type: number }): object {
  return { name: formatName(name), type: formatType(type) };
}

function server({ name, address }: AskedServer): object {
  return { name: formatName(name), address };
}

function cached({ knowledge, isStale, records, ageS, leftS, rank }: Cached): object {
  return { found: knowledge, isStale, records: lines(records), ageS, leftS, rank };
}

function lines(records: readonly ResourceRecord[]): string[] {
  return records.map(formatRecord);
}

/** Milliseconds with one decimal place. */
function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
