/**
 * What every DNS server checks of a query before it looks for an answer: RFC 1035, section 4.1.1; RFC 9619 (one
 * question); RFC 6891, section 6.1.3 (version of EDNS).
 */
import { ednsWith, type Message, responseTo } from './message.ts';
import { CLASS, formatClass, formatOpcode, formatType, isMetaType, OPCODE, RCODE, TYPE } from './registry.ts';

/** A response that refuses a query, and why. */
export interface Refusal {
  readonly response: Message;
  readonly because: string;
}

/** What a server can do beyond plain queries. */
export interface Abilities {
  readonly opcodes: readonly number[];
  /** Meta types that it answers: AXFR. */
  readonly metaTypes: readonly number[];
}

/** Null where `query` may be answered, otherwise the response that says what is wrong with it. */
export function refusalOf(query: Message, abilities: Abilities): Refusal | null {
  if (query.edns !== null && query.edns.version > 0) {
    const because = `EDNS version ${query.edns.version} is not known here, version 0 is`;
    return { response: responseTo(query, { rcode: RCODE.BADVERS, edns: ednsWith() }), because };
  }
  const refuse = (rcode: number, because: string, question = query.question): Refusal => ({
    response: responseTo(query, { rcode, question }),
    because,
  });
  if (!abilities.opcodes.includes(query.opcode)) {
    return refuse(RCODE.NOTIMP, `opcode ${formatOpcode(query.opcode)} is not implemented`, []);
  }
  if (query.question.length !== 1) {
    return refuse(RCODE.FORMERR, `it has ${query.question.length} questions and must have one (RFC 9619)`, []);
  }
  return query.opcode === OPCODE.QUERY ? refusalOfQuestion(query, abilities, refuse) : null;
}

function refusalOfQuestion(
  query: Message,
  abilities: Abilities,
  refuse: (rcode: number, because: string) => Refusal,
): Refusal | null {
  const { qtype, qclass } = query.question[0]!;
  if (query.answer.length > 0 || query.authority.length > 1) {
    return refuse(RCODE.FORMERR, 'a query has no answers');
  }
  if (qtype === TYPE.OPT) return refuse(RCODE.FORMERR, 'OPT is no data that can be asked for');
  // Nothing has type 0, and so there is no data of it.
  if (isMetaType(qtype) && qtype !== TYPE.ANY && qtype !== 0 && !abilities.metaTypes.includes(qtype)) {
    return refuse(RCODE.NOTIMP, `questions for ${formatType(qtype)} are not implemented`);
  }
  if (qclass !== CLASS.IN && qclass !== CLASS.ANY) {
    return refuse(RCODE.REFUSED, `there is no data of class ${formatClass(qclass)} here, only IN`);
  }
  return null;
}

/** FORMERR for octets whose header alone could be read. */
export function formatError(query: Message, because: string): Refusal {
  return { response: responseTo(query, { rcode: RCODE.FORMERR }), because };
}
