import type { Endpoint, ReportInput } from '../report.ts';
import { describeMessage, summarizeMessage } from './describe-message.ts';
import type { Message } from './message.ts';
import type { Transport } from './transport.ts';

/** Octets of a message that a report carries, at most: all of any that fits UDP, the beginning of a zone transfer. */
export const WIRE_OCTETS_MAX = 1_232;

/** A DNS message on its way, for the observatory. */
export interface MessageOnItsWay {
  /** The moment at which it went, where that is told later. */
  readonly at?: number | undefined;
  readonly message: Message;
  /** The message as it went. */
  readonly octets: Uint8Array;
  readonly transport: Transport;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly exchange: string;
  readonly cause?: string | undefined;
  readonly because?: string | undefined;
}

/** The report of a message: `dns.query` or `dns.response`; `wire` has its octets in base64, for a reader who wants the bits. */
export function messageReport({ message, octets, transport, ...rest }: MessageOnItsWay): ReportInput {
  const wire = octets.subarray(0, WIRE_OCTETS_MAX).toBase64();
  return {
    kind: message.qr ? 'dns.response' : 'dns.query',
    ...rest,
    summary: summarizeMessage(message),
    message: { ...describeMessage(message), transport, octets: octets.length, wire },
  };
}
