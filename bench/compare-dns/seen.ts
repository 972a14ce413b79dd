import { decodeMessage } from '#shared/dns/decode-message.ts';
import type { Message, ResourceRecord } from '#shared/dns/message.ts';
import { formatQuestion, formatRecord } from '#shared/dns/rdata-text.ts';
import { formatOpcode, formatRcode, TYPE } from '#shared/dns/registry.ts';

/** What a server answered, as lines that can be compared: one for each fact. */
export type Seen = readonly string[];

/** How the fact begins that a reply is no DNS message. */
export const UNREADABLE = 'a reply that cannot be read';

/** The facts of the replies to one question. Records are a set; names are compared as DNS does. */
export function factsOf(replies: readonly Uint8Array[]): Seen {
  if (replies.length === 0) return ['no reply'];
  let messages: Message[];
  try {
    messages = replies.map(decodeMessage);
  } catch (error) {
    return [`${UNREADABLE}: ${(error as Error).message}`];
  }
  const first = messages[0]!;
  return [
    `${formatOpcode(first.opcode)} ${formatRcode(first.rcode)}${first.qr ? '' : ' not a response'}`,
    `flags ${(['aa', 'tc', 'rd', 'ra', 'ad', 'cd'] as const).filter((flag) => first[flag]).join(' ')}`,
    // Octet for octet: a resolver checks the case of every letter.
    ...first.question.map((question) => `question ${formatQuestion(question)}`),
    ...section(
      'answer',
      messages.flatMap(({ answer }) => answer),
    ),
    ...section('authority', authorityOf(messages)),
    ...section('glue', isReferral(first) ? first.additional : []),
    first.edns === null ? 'no OPT' : `OPT version ${first.edns.version}${first.edns.dnssecOk ? ' DO' : ''}`,
    ...(first.edns?.options ?? []).map(({ code }) => `option ${code}`),
  ];
}

function isReferral({ aa, authority, answer }: Message): boolean {
  return !aa && answer.length === 0 && authority.some(({ type }) => type === TYPE.NS);
}

/** The servers of the zone beside a positive answer are a courtesy; a SOA or a referral is part of the answer. */
function authorityOf(messages: readonly Message[]): ResourceRecord[] {
  const { aa, authority, answer } = messages[0]!;
  return authority.filter(({ type }) => !(type === TYPE.NS && aa && answer.length > 0));
}

function section(name: string, records: readonly ResourceRecord[]): string[] {
  return records.map((record) => `${name} ${formatRecord(record).toLowerCase()}`).sort();
}
