import type { DnsRequest } from '#shared/host/dns/request.ts';
import * as requestReport from '#shared/host/dns/request-report.ts';
import type { ReportInput } from '#shared/report.ts';

/** What an authoritative server tells the observatory: each query that came (`dns.query`) ... */
export { queryReport } from '#shared/host/dns/request-report.ts';

/** ... and each response that went (`dns.response`), with the outcome of the look-up and its reason. */
export function responseReport(
  request: DnsRequest,
  reaction: { readonly kind: string; readonly because: string },
  sent: Omit<Parameters<typeof requestReport.responseReport>[1], 'because'>,
): ReportInput {
  return requestReport.responseReport(request, { ...sent, because: `${reaction.kind}: ${reaction.because}` });
}
