/** DNS messages as reports show them: header bits, counts, and sections as lines of a zone file. */
import type { Message } from './message.ts';
import { formatHostname } from './name-text.ts';
import { formatQuestion, formatRecord } from './rdata-text.ts';
import { formatOpcode, formatRcode, formatType, OPCODE } from './registry.ts';

/** A message as plain JSON, with the field names of RFC 1035, section 4.1.1. */
export interface DescribedMessage {
  readonly header: {
    readonly id: number;
    readonly qr: 0 | 1;
    readonly opcode: string;
    readonly aa: 0 | 1;
    readonly tc: 0 | 1;
    readonly rd: 0 | 1;
    readonly ra: 0 | 1;
    readonly rcode: string;
    readonly qdcount: number;
    readonly ancount: number;
    readonly nscount: number;
    readonly arcount: number;
  };
  readonly question: readonly string[];
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly additional: readonly string[];
  readonly edns: { readonly version: number; readonly udpPayloadSize: number } | null;
}

/** Records of a section that a report shows, at most; a zone transfer would fill the stream of reports. */
const SHOWN_MAX = 30;

export function describeMessage(message: Message): DescribedMessage {
  const { id, opcode, rcode, question, answer, authority, additional, edns } = message;
  const bit = (value: boolean): 0 | 1 => (value ? 1 : 0);
  return {
    header: {
      id,
      qr: bit(message.qr),
      opcode: formatOpcode(opcode),
      aa: bit(message.aa),
      tc: bit(message.tc),
      rd: bit(message.rd),
      ra: bit(message.ra),
      rcode: formatRcode(rcode),
      qdcount: question.length,
      ancount: answer.length,
      nscount: authority.length,
      arcount: additional.length + (edns === null ? 0 : 1),
    },
    question: question.map(formatQuestion),
    answer: answer.slice(0, SHOWN_MAX).map(formatRecord),
    authority: authority.slice(0, SHOWN_MAX).map(formatRecord),
    additional: additional.slice(0, SHOWN_MAX).map(formatRecord),
    edns: edns === null ? null : { version: edns.version, udpPayloadSize: edns.udpPayloadSize },
  };
}

/**
 * A message in one line: `www.cnn.com A?`, `www.cnn.com A: 3 records`, `nowhere.com A: NXDOMAIN`,
 * `NOTIFY cnn.com SOA`. Names are in lower case here: a resolver mixes cases at random, and the question section shows
 * which it sent.
 */
export function summarizeMessage(message: Message): string {
  const asked = message.question[0];
  const what =
    asked === undefined
      ? formatOpcode(message.opcode)
      : `${formatHostname(asked.qname).toLowerCase()} ${formatType(asked.qtype)}`;
  if (message.opcode !== OPCODE.QUERY) {
    const order = asked === undefined ? what : `${formatOpcode(message.opcode)} ${what}`;
    return message.qr ? `${order}: ${formatRcode(message.rcode)}` : order;
  }
  if (!message.qr) return `${what}?`;
  if (message.rcode !== 0) return `${what}: ${formatRcode(message.rcode)}`;
  if (message.tc) return `${what}: truncated, ask over TCP`;
  if (message.answer.length > 0) return `${what}: ${counted(message.answer.length, 'record')}`;
  const servers = message.authority.filter((record) => record.rdata.kind === 'NS');
  if (servers.length === 0) return `${what}: no such data`;
  return `${what}: ask the servers of ${formatHostname(servers[0]!.owner).toLowerCase()}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
