import type { SmtpReply } from '../../protocol/smtp-reply.ts';

/** What answers are made of that report an error: RFC 9457. */
export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** Names of the problems; each is explained in docs/mail-for-engineers.md under its name. */
export type ProblemName =
  | 'not-found'
  | 'bad-request'
  | 'refused'
  | 'no-such-message'
  | 'too-many'
  | 'too-large'
  | 'foreign-page'
  | 'unavailable';

/** An error of the API, as its client is told of it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly kind: ProblemName;
  readonly title: string;
  /** Members beside the standard ones (RFC 9457, section 3.2). */
  readonly more: Readonly<Record<string, unknown>>;

  /**
   * @param title what it is, the same at every occurrence (RFC 9457, section 3.1.3).
   * @param detail a sentence about this occurrence that says what to do.
   */
  constructor(
    status: number,
    kind: ProblemName,
    title: string,
    detail: string,
    more: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
    this.status = status;
    this.kind = kind;
    this.title = title;
    this.more = more;
  }

  toJSON(): object {
    const { status, kind, title, message, more } = this;
    return { ...more, type: `urn:topdown:mail:${kind}`, title, status, detail: message };
  }
}

export function notFound(detail: string): Problem {
  return new Problem(404, 'not-found', 'There is no such thing here', detail);
}

export function badRequest(detail: string): Problem {
  return new Problem(400, 'bad-request', 'The request cannot be understood', detail);
}

/** A message that the server does not take, with the reply that an SMTP client would get. */
export function refusedMessage(reply: SmtpReply, because: string): Problem {
  const status = reply.code >= 500 ? 422 : 503;
  const detail = `${reply.text}: ${because}`;
  return new Problem(status, 'refused', 'The message is not taken', detail, { reply });
}
