import type { Endpoint, ReportInput } from '#shared/report.ts';
import type { Registration, RegistrationStatus } from './protocol/registration.ts';

/** What the registrar tells the observatory: requests and WHOIS queries with their answers. Never a secret. */
interface Told {
  readonly exchange: string;
  readonly from: Endpoint;
  readonly to: Endpoint;
}

/** Longest text of a client that a report repeats, in characters. */
const TEXT_LENGTH_MAX = 300;

export function requestReport(told: Told, request: { method: string; target: string }): ReportInput {
  const target = request.target.slice(0, TEXT_LENGTH_MAX);
  return {
    kind: 'registrar.request',
    ...told,
    summary: `${request.method} ${target}`,
    message: { ...request, target },
  };
}

export function responseReport(told: Told, response: { status: number; because: string | undefined }): ReportInput {
  const { status, because } = response;
  return { kind: 'registrar.response', ...told, summary: String(status), message: { status }, because };
}

export function whoisQueryReport(told: Told, query: string): ReportInput {
  return { kind: 'whois.query', ...told, summary: query, message: { query } };
}

export function whoisResponseReport(told: Told, text: string, because: string): ReportInput {
  const summary = text.slice(0, text.indexOf('\r\n')).slice(0, TEXT_LENGTH_MAX);
  return {
    kind: 'whois.response',
    ...told,
    summary,
    message: { text, octets: new TextEncoder().encode(text).length },
    because,
  };
}

/** A registration after the registrar has tried to bring it into its zone; `after` is null when it is gone. */
export function statusReport(told: {
  readonly exchange: string;
  readonly cause: string;
  readonly name: string;
  readonly before: RegistrationStatus;
  readonly after: Registration | null;
}): ReportInput {
  const { exchange, cause, name, before, after } = told;
  const status = after?.status ?? 'deleted';
  const trouble = after?.task?.trouble ?? null;
  return {
    kind: 'registrar.status',
    ...{ exchange, cause },
    summary: `${name}: ${before === status ? status : `${before} → ${status}`}`,
    message: { name, before, status, trouble: trouble?.code ?? null, zoneChange: after?.zoneChange ?? null },
    because: trouble?.detail ?? 'the zone has what is wanted',
  };
}
