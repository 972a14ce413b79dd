import type { Endpoint, ReportInput } from '../report.ts';
import { describeMessage, summarizeMessage } from './describe-message.ts';
import type { Message } from './message.ts';

/** A DNS message on its way, for the observatory. */
export interface MessageOnItsWay {
  /** The moment at which it went, where that is told later. */
  readonly at?: number | undefined;
  readonly message: Message;
  readonly octets: number;
  readonly transport: 'udp' | 'tcp';
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly exchange: string;
  readonly cause?: string | undefined;
  readonly because?: string | undefined;
}

/** The report of a message: `dns.query` or `dns.response`. */
export function messageReport({ message, octets, transport, ...rest }: MessageOnItsWay): ReportInput {
  return {
    kind: message.qr ? 'dns.response' : 'dns.query',
    ...rest,
    summary: summarizeMessage(message),
    message: { ...describeMessage(message), transport, octets },
  };
}
