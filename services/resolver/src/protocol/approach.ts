/**
 * How a search goes about it: where it starts, whether it asks for recursion, and how far a server is believed. What the
 * Internet does is `iterate`. The others are for comparison: `chain` asks a root server to do everything, which asks the
 * next, and so on; `central` asks one server that knows all names. Their answers are equal; the work is done elsewhere.
 */
import type { Message } from '#shared/dns/message.ts';
import { type Name, ROOT } from '#shared/dns/name.ts';
import type { Cache } from './cache.ts';
import { nearestDelegation, type Start } from './delegation.ts';
import type { RootServers } from './root-servers.ts';
import { type AskedUpstream, readReply, type UpstreamReply } from './upstream-reply.ts';
import { readWholeAnswer } from './whole-answer.ts';

export const MODES = ['iterate', 'chain', 'central'] as const;
type Mode = (typeof MODES)[number];

export interface Approach {
  readonly mode: Mode;
  /** Recursion desired. */
  readonly rd: boolean;
  /** Whether servers refer us on, so that they need only a part of the name. */
  readonly refersOn: boolean;
  /** Step 2 of RFC 1034, section 5.3.3. */
  start(known: { cache: Cache; roots: RootServers }, name: Name, qtype: number, now: number): Start;
  read(reply: Message, asked: AskedUpstream): UpstreamReply;
}

export const ITERATE: Approach = {
  mode: 'iterate',
  rd: false,
  refersOn: true,
  start: ({ cache, roots }, name, qtype, now) => nearestDelegation(cache, roots, name, qtype, now),
  read: readReply,
};

/** RFC 1034, section 5.3.1: the whole work is left to others. */
export const CHAIN: Approach = {
  mode: 'chain',
  rd: true,
  refersOn: false,
  start: ({ roots }, _name, _qtype, now) => ({
    delegation: roots.current(now).delegation,
    source: 'mode',
    isOwnWord: false,
  }),
  read: readWholeAnswer,
};

/** Asks the server at `address`, called `name`, and no other. */
export function central(name: Name, address: string): Approach {
  const delegation = { zone: ROOT, servers: [{ name, addresses: [address] }] };
  return {
    mode: 'central',
    rd: false,
    refersOn: false,
    start: () => ({ delegation, source: 'mode', isOwnWord: false }),
    read: readWholeAnswer,
  };
}
