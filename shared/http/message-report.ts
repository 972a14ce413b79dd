/** How programs of the lab tell the observatory about HTTP messages: one form for the origin and the proxy. */

import type { Endpoint, ReportInput } from '../report.ts';
import type { Fields } from './fields.ts';

/** Longest field value in a report, in characters; the observatory needs no more to show it. */
const VALUE_CHARACTERS_MAX = 512;

interface Told {
  readonly exchange: string;
  readonly cause?: string | undefined;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly because?: string | undefined;
}

export interface RequestTold extends Told {
  readonly method: string;
  readonly target: string;
  readonly httpVersion: string;
  readonly fields: Fields;
}

export interface ResponseTold extends Told {
  readonly status: number;
  readonly reason: string;
  readonly fields: Fields;
  /** Octets of the body that were sent. */
  readonly octets: number;
}

export function requestReport(told: RequestTold): ReportInput {
  const { exchange, cause, from, to, because, method, target, httpVersion } = told;
  return {
    kind: 'http.request',
    exchange,
    cause,
    from,
    to,
    because,
    summary: `${method} ${target.slice(0, VALUE_CHARACTERS_MAX)} HTTP/${httpVersion}`,
    message: {
      method,
      target: target.slice(0, VALUE_CHARACTERS_MAX),
      version: `HTTP/${httpVersion}`,
      fields: shown(told.fields),
    },
  };
}

export function responseReport(told: ResponseTold): ReportInput {
  const { exchange, cause, from, to, because, status, reason, octets } = told;
  return {
    kind: 'http.response',
    exchange,
    cause,
    from,
    to,
    because,
    summary: `${status} ${reason}, ${octets} octets`,
    message: { version: 'HTTP/1.1', status, reason, fields: shown(told.fields), octets },
  };
}

function shown(fields: Fields): Fields {
  return fields.map(([name, value]) => [name, value.slice(0, VALUE_CHARACTERS_MAX)]);
}
