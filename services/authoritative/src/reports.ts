import type { Message } from '#shared/dns/message.ts';
import { messageReport } from '#shared/dns/message-report.ts';
import type { DnsRequest } from '#shared/host/dns/request.ts';
import type { ReportInput } from '#shared/report.ts';
import type { Reaction } from './protocol/respond.ts';

/** What an authoritative server tells the observatory: each query that came (`dns.query`) ... */
export function queryReport(request: DnsRequest, exchange: string, cause: string | undefined): ReportInput {
  const { query, octets, transport, client, here } = request;
  return messageReport({ message: query, octets: octets.length, transport, from: client, to: here, exchange, cause });
}

/** ... and each response that went (`dns.response`), with the outcome of the look-up and its reason. */
export function responseReport(
  { transport, client, here }: DnsRequest,
  message: Message,
  octets: number,
  { reaction, ...said }: { at: number; exchange: string; cause: string | undefined; reaction: Reaction },
): ReportInput {
  const because = `${reaction.kind}: ${reaction.because}`;
  return messageReport({ message, octets, transport, from: here, to: client, ...said, because });
}
