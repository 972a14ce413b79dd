import { type MessageOnItsWay, messageReport } from '../../dns/message-report.ts';
import type { ReportInput } from '../../report.ts';
import type { DnsRequest } from './request.ts';

/** The report of a query that a server received: `dns.query`. */
export function queryReport(request: DnsRequest, exchange: string, cause: string | undefined): ReportInput {
  const { query, octets, transport, client, here } = request;
  return messageReport({ message: query, octets, transport, from: client, to: here, exchange, cause });
}

/** The report of what the server sent in response to `request`: `dns.response`. */
export function responseReport(
  { transport, client, here }: DnsRequest,
  sent: Omit<MessageOnItsWay, 'transport' | 'from' | 'to'>,
): ReportInput {
  return messageReport({ ...sent, transport, from: here, to: client });
}
