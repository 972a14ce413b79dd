import { type Message, type Question, responseTo } from '#shared/dns/message.ts';
import { RCODE } from '#shared/dns/registry.ts';
import { record } from '#shared/dns/test/records.ts';
import type { Silence } from '../../../src/protocol/explanation.ts';

/** What comes of a query: a reply, or why none came. */
export type Outcome = Message | Silence;

/** A query as a server of the simulation gets it. */
export interface SimulatedQuery {
  readonly query: Message;
  readonly question: Question;
  readonly transport: 'udp' | 'tcp';
  /** What the server would reply if it had no fault. */
  readonly right: () => Message;
}

/** A reply without an OPT record. */
function plain(query: Message, rcode: number): Message {
  return { ...responseTo(query, { rcode }), edns: null };
}

export const FAULTS: Readonly<Record<string, (query: SimulatedQuery) => Outcome>> = {
  nothing: ({ right }) => right(),
  silent: () => 'silent',
  unreachable: () => 'unreachable',
  /** Its replies cannot be read. */
  garbage: () => 'useless',
  /** Somebody sends replies in its name, and the true one is lost among them. */
  forged: ({ transport, right }) => (transport === 'udp' ? 'mismatched' : right()),
  refuses: ({ query }) => responseTo(query, { rcode: RCODE.REFUSED }),
  servfail: ({ query }) => responseTo(query, { rcode: RCODE.SERVFAIL }),
  formerr: ({ query }) => responseTo(query, { rcode: RCODE.FORMERR }),
  /** Was written before EDNS: FORMERR or NOTIMP, without OPT, to all that has an OPT record. */
  'formerr-edns': ({ query, right }) => (query.edns === null ? right() : plain(query, RCODE.FORMERR)),
  'notimp-edns': ({ query, right }) => (query.edns === null ? right() : plain(query, RCODE.NOTIMP)),
  /** Such a server with more to say than 512 octets hold. */
  'old-and-large': ({ query, transport, right }) => {
    if (query.edns !== null) return plain(query, RCODE.FORMERR);
    return transport === 'udp' ? responseTo(query, { tc: true }) : right();
  },
  /** Minds the OPT record, and cannot answer without it either. */
  'formerr-plain': ({ query }) => plain(query, RCODE.FORMERR),
  /** Knows no version of EDNS that there is. */
  badvers: ({ query, right }) => (query.edns === null ? right() : responseTo(query, { rcode: RCODE.BADVERS })),
  /** Has a firewall before it that drops what it does not know. */
  'drops-edns': ({ query, right }) => (query.edns === null ? right() : 'silent'),
  truncates: ({ query, transport, right }) => (transport === 'udp' ? responseTo(query, { tc: true }) : right()),
  /** Refers to the root whatever it is asked. */
  upward: ({ query }) => responseTo(query, { authority: [record('. 60 NS a.root-servers.net.')] }),
  /** Says that a name does not exist where only names below it do. */
  'denies-empty': ({ query, right }) => {
    const reply = right();
    const isEmpty = reply.aa && reply.answer.length === 0 && reply.rcode === RCODE.NOERROR;
    return isEmpty ? responseTo(query, { aa: true, rcode: RCODE.NXDOMAIN, authority: reply.authority }) : reply;
  },
  /** Cannot bear questions for names that have no record of their own. */
  'refuses-empty': ({ query, right }) => {
    const reply = right();
    return reply.answer.length === 0 ? responseTo(query, { rcode: RCODE.REFUSED }) : reply;
  },
  'formerr-empty': ({ query, right }) => {
    const reply = right();
    return reply.answer.length === 0 ? responseTo(query, { rcode: RCODE.FORMERR }) : reply;
  },
  /** Says nothing of how long "no such name" is true. */
  'no-soa': ({ right }) => ({ ...right(), authority: [] }),
  /** Names itself in the authority section of every answer, with a giant TTL. */
  confirms: ({ right, question }) => {
    const reply = right();
    const zone = question.qname.slice(-2).join('.');
    return reply.aa && question.qname.length > 1
      ? { ...reply, authority: [record(`${zone}. 86400 NS ns.${zone}.`)] }
      : reply;
  },
};
