import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { parseIpv4 } from '#shared/dns/address-text.ts';
import type { Question } from '#shared/dns/message.ts';
import { type Name, ROOT } from '#shared/dns/name.ts';
import { formatName, parseName } from '#shared/dns/name-text.ts';
import { CLASS, formatType, TYPE } from '#shared/dns/registry.ts';
import type { Host } from '#shared/host/host.ts';
import { type Action, action } from '#shared/host/program.ts';
import { addressInLab } from '#shared/lab-net.ts';
import { type Approach, CHAIN, central, ITERATE, MODES } from '../protocol/approach.ts';
import { Cache } from '../protocol/cache.ts';
import { addressesIn, type Hints } from '../protocol/delegation.ts';
import { Resolver } from '../protocol/resolver.ts';
import { Servers } from '../protocol/servers.ts';
import { explanationOf } from './explain.ts';
import { questionInput } from './question-input.ts';
import { Recursion } from './recursion.ts';
import type { UpstreamAsker } from './upstream.ts';

/** Walks and explanations at once; each may send as many queries as a client's question. */
const EXPLAINED_MAX = 20;
/** Bytes for what is learnt during one walk. */
const WALK_CACHE_BYTES = 1_048_576;

/** An action that cannot be done as it was asked for: the asker's fault. */
class ActionRefused extends Error {
  readonly statusCode = 400;
}

/** What the actions work on. */
export interface Parts {
  readonly host: Host;
  readonly resolver: Resolver;
  readonly recursion: Recursion;
  readonly asker: UpstreamAsker;
  readonly cache: Cache;
  readonly hints: Hints;
  /** The server of the mode `central`, where none is given. */
  readonly centralServer: string;
}

export function actionsOf(parts: Parts): Readonly<Record<string, Action>> {
  const { resolver, recursion, cache } = parts;
  const inTurn = limited(EXPLAINED_MAX);
  const modeInput = z.object({
    mode: z.enum(MODES, `give one of ${MODES.join(', ')}`),
    server: z.string().default(parts.centralServer),
  });
  return {
    flush: action('Empties the cache, and forgets which questions and servers failed', z.object({}), () => {
      const flushed = cache.size;
      resolver.flush();
      return { flushed };
    }),
    explain: action('Answers a question, and tells each step that led to the answer', questionInput, (question) =>
      inTurn(() => explain(parts.host, recursion, question, resolver.mode)),
    ),
    walk: action(
      'Takes the steps from the root that a client would take without a local DNS server',
      questionInput,
      (question) => inTurn(() => walk(parts, question)),
    ),
    mode: action('Changes how names are found: iterate, chain, or central with a server', modeInput, async (given) => {
      const approach = await approachOf(given.mode, given.server, parts);
      recursion.use(approach);
      return { mode: approach.mode };
    }),
  };
}

/** The approach of a mode; the server of `central` is given by address or by name. */
async function approachOf(mode: (typeof MODES)[number], server: string, parts: Parts): Promise<Approach> {
  if (mode !== 'central') return mode === 'chain' ? CHAIN : ITERATE;
  if (parseIpv4(server) !== undefined) return centralAt(server, parts.host.net);
  const qname = nameOf(server);
  const { resolution } = await parts.recursion.resolve(
    { qname, qtype: TYPE.A, qclass: CLASS.IN },
    parts.host.newExchange(),
  );
  const [address] = addressesIn(resolution.answer);
  if (address === undefined) throw new ActionRefused(`${server} has no address: ${resolution.because}`);
  return central(qname, address);
}

/** @throws ActionRefused */
function nameOf(text: string): Name {
  try {
    return parseName(text);
  } catch (error) {
    throw new ActionRefused(`"${text}" is neither an address nor a name: ${(error as Error).message}`);
  }
}

/** The approach that asks the server at `address`, as the plan of addresses has it, and no other. */
export function centralAt(address: string, net: string, name: Name = ROOT): Approach {
  return central(name, addressInLab(address, net));
}

async function explain(host: Host, recursion: Recursion, question: Question, mode: string): Promise<object> {
  const exchange = host.newExchange();
  const resolved = await recursion.resolve(question, exchange, { isExplained: true });
  return { question: described(question), mode, exchange, ...explanationOf(resolved) };
}

/** A resolver that knows nothing but the hints, for one question: what it does is what the client itself would do. */
async function walk({ host, asker, hints }: Parts, question: Question): Promise<object> {
  const limits = { bytes: WALK_CACHE_BYTES, ttlSMax: 86_400, negativeTtlSMax: 3_600, staleSMax: 0 };
  const walker = new Resolver({
    ...{ cache: new Cache(limits), servers: new Servers(random), hints },
    ...{ isMinimising: false, isPriming: false, isPrefetching: false },
  });
  const recursion = new Recursion(walker, asker, host.clock);
  try {
    return { ...(await explain(host, recursion, question, 'walk')) };
  } finally {
    recursion.stop();
  }
}

/** A number from 0 to 1, less than 1, which nobody can foresee. */
export function random(): number {
  return randomInt(2 ** 32) / 2 ** 32;
}

function described({ qname, qtype }: Question): object {
  return { name: formatName(qname), type: formatType(qtype) };
}

/** Lets so many calls be in work at once; one more is refused. */
function limited(max: number): (work: () => Promise<object>) => Promise<object> {
  let working = 0;
  return async (work) => {
    if (working >= max) throw new ActionRefused(`${max} explanations are in work already: try again in a moment`);
    working += 1;
    try {
      return await work();
    } finally {
      working -= 1;
    }
  };
}
