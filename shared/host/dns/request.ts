import { decodeHeader, decodeMessage } from '../../dns/decode-message.ts';
import { HEADER_OCTETS, type Message, queryFor } from '../../dns/message.ts';
import { OPCODE } from '../../dns/registry.ts';
import type { Transport } from '../../dns/transport.ts';
import type { Seal } from '../../dns/tsig.ts';
import { ProtocolViolation } from '../../protocol-violation.ts';
import type { Endpoint } from '../../report.ts';

/** A query that a DNS server has received. */
export interface DnsRequest {
  /** As it came; only its header where `violation` says that the rest could not be read. */
  readonly query: Message;
  readonly violation: ProtocolViolation | null;
  /** The octets themselves, for signatures over them. */
  readonly octets: Uint8Array;
  readonly transport: Transport;
  readonly client: Endpoint;
  readonly here: Endpoint;
}

/** What a server sends back: one message, or several over TCP (a zone transfer), or none. */
export interface DnsResponse {
  readonly messages: Iterable<Message>;
  /** Signs each message, where the query was signed (TSIG, RFC 8945). */
  readonly seal?: Seal | undefined;
  /**
   * Called for each message when it has gone, as it went: truncated, where it had to be. `at` is the moment before it went:
   * by the time that a busy machine says so, the other side may have answered it.
   */
  onSent?(message: Message, octets: Uint8Array, at: number): void;
  /** Where the answer may be given again to who sends the same query; see answer-cache.ts. */
  readonly repetition?: Repetition | undefined;
}

/**
 * Says of an answer of one message that it may be given again over UDP, octet for octet but for id and TTLs, to any host of
 * the lab that sends the same octets.
 */
export interface Repetition {
  /** Which of its rotations the answer is (RFC 1794), from 0. */
  readonly turn: number;
  /** Which rotation is due now; undefined where the answer has to be found anew. Changes nothing. */
  due(): number | undefined;
  /** The answer was given once more: counts it, and takes the turn. */
  given(): void;
  /** The rotation that is due is not at hand, and the answer is found anew. */
  skip?(): void;
  /** Lab time in milliseconds at which each record of the message ends, in their order; absent where TTLs stand still. */
  readonly expiresAt?: readonly number[] | undefined;
  /**
   * For worker threads, which cannot ask whether the answer is due: on which terms they may give it, if it is true now. It
   * must not become wrong before these end without `LentAnswers` being told.
   */
  lend?(): Lease | undefined;
}

/** On which terms a worker thread may give an answer without asking. */
export interface Lease {
  /** Rotations of the answer, which are given in turns; 1 where its order stands still. */
  readonly rotations: number;
  /** Lab time in milliseconds from which it is to be found anew; absent where it lasts until it is forgotten. */
  readonly until?: number;
  /** After so many times it is to be found anew; absent where that does not matter. */
  readonly timesMax?: number;
  /** What the answer is counted as: of one name, all are counted by the same function. */
  readonly countedAs: string;
  /** The answer, or another that is counted as the same, was given so many times. */
  readonly given: (times: number) => void;
}

/** Whether `query` is a question and nothing more, the same when it comes again: options of EDNS, signatures and other opcodes mean more. */
export function isPlainQuestion({ opcode, additional, edns }: Message): boolean {
  return opcode === OPCODE.QUERY && additional.length === 0 && (edns === null || edns.options.length === 0);
}

/** Finds the response to a request. A rejection is the server's own failure, SERVFAIL to the client. */
export type Respond = (request: DnsRequest) => DnsResponse | Promise<DnsResponse>;

/** Reads a request. Octets whose header cannot be read, and responses, are no request: undefined (RFC 5358 has the harm). */
export function readRequest(
  octets: Uint8Array,
  arrived: Pick<DnsRequest, 'transport' | 'client' | 'here'>,
): DnsRequest | undefined {
  if (octets.length < HEADER_OCTETS) return undefined;
  try {
    const query = decodeMessage(octets);
    return query.qr ? undefined : { query, violation: null, octets, ...arrived };
  } catch (error) {
    if (!(error instanceof ProtocolViolation)) throw error;
    const query = headerAlone(octets);
    return query === undefined || query.qr ? undefined : { query, violation: error, octets, ...arrived };
  }
}

function headerAlone(octets: Uint8Array): Message | undefined {
  try {
    const header = decodeHeader(octets);
    const empty = queryFor({ qname: [], qtype: 0, qclass: 0 }, { id: header.id, rd: header.rd, edns: null });
    return { ...empty, ...header, question: [] };
  } catch {
    return undefined;
  }
}
