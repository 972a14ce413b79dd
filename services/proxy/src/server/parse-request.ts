import { type Accepted, guardRequest, type Refusal, type RequestHead } from '#shared/http/request-guard.ts';
import { parseRequestHead } from '#shared/http/request-head.ts';

/** A request whose head could be read, and what the guard says of it. */
export interface ReadRequest {
  readonly kind: 'request';
  /** The head as it came, one character for each octet. */
  readonly text: string;
  readonly head: RequestHead;
  readonly judged: Accepted | Refusal;
}

/** The request, or why it is none. @param text a complete head, one character for each octet */
export function parseRequest(text: string): ReadRequest | Refusal {
  const head = parseRequestHead(text);
  return 'kind' in head ? head : { kind: 'request', text, head, judged: guardRequest(head) };
}
