import type { Message } from '#shared/dns/message.ts';
import { messageReport } from '#shared/dns/message-report.ts';
import type { DnsRequest } from '#shared/host/dns/request.ts';
import type { ReportInput } from '#shared/report.ts';

/**
 * What the local DNS server tells the observatory: its clients' queries and its responses to them, and its own queries
 * to servers and their responses (server/upstream.ts), whose cause is the client's exchange; `dns.silence` where no
 * response came. The reason of a response tells what was learnt: "the root says: com is served by ns.nic.com".
 */
export function queryReport(request: DnsRequest, exchange: string, cause: string | undefined): ReportInput {
  const { query, octets, transport, client, here } = request;
  return messageReport({ message: query, octets: octets.length, transport, from: client, to: here, exchange, cause });
}

export function responseReport(
  { transport, client, here }: DnsRequest,
  message: Message,
  octets: number,
  said: { at: number; exchange: string; cause: string | undefined; because: string },
): ReportInput {
  return messageReport({ message, octets, transport, from: here, to: client, ...said });
}
