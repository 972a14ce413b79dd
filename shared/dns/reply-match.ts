/**
 * Whether a message that arrives is the reply to a query (RFC 5452, section 9.1). Its address and port are checked by
 * the socket; this is the rest: id, question, and the case of every letter in it, which the asker chooses at random so
 * that a forger must guess it too.
 */
import type { Message, Question } from './message.ts';

/** Null where `reply` answers `query`, otherwise what does not match. */
export function mismatchOf(query: Message, reply: Message): string | null {
  if (!reply.qr) return 'it is a query';
  if (reply.id !== query.id) return `its id is ${reply.id}, the query had ${query.id}`;
  if (reply.opcode !== query.opcode) return 'its opcode is another';
  const [asked, echoed] = [query.question[0], reply.question[0]];
  // A server that could not read the query may leave the question out.
  if (echoed === undefined) return reply.rcode === 0 ? 'it repeats no question' : null;
  return asked !== undefined && isSameQuestion(asked, echoed) ? null : 'its question is another';
}

/** Same octet for octet: the case counts. */
function isSameQuestion(one: Question, other: Question): boolean {
  return (
    one.qtype === other.qtype &&
    one.qclass === other.qclass &&
    one.qname.length === other.qname.length &&
    one.qname.every((label, at) => label === other.qname[at])
  );
}
