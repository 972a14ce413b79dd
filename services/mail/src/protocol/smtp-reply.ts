/** Replies of SMTP: RFC 5321, section 4.2, with the enhanced status codes of RFC 3463 and RFC 2034. */

export interface SmtpReply {
  /** Three digits; the first says success, intermediate, transient or permanent. */
  readonly code: number;
  /** Enhanced status code such as "5.1.1", or null where the server gave none. */
  readonly status: string | null;
  readonly text: string;
}

const REPLY_TEXT_MAX = 1000;
const CONTROLS = /[\x00-\x1f\x7f-\x9f]+/g;

/** Reads a reply as a server sent it, one line or several. What is no reply gets the code 0. */
export function parseSmtpReply(octets: string): SmtpReply {
  const lines = octets.split(/\r?\n/).filter((line) => line !== '');
  const code = Number(/^\d{3}/.exec(lines.at(-1) ?? '')?.[0] ?? 0);
  const texts = lines.map((line) => line.replace(/^\d{3}[ -]?/, ''));
  const status = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/.exec(texts.at(-1) ?? '')?.[1] ?? null;
  const text = texts.map((line) =>
    status !== null && line.startsWith(status) ? line.slice(status.length).trim() : line,
  );
  return { code, status, text: text.join(' ').replace(CONTROLS, ' ').slice(0, REPLY_TEXT_MAX) };
}

export function formatSmtpReply({ code, status, text }: SmtpReply): string {
  return [String(code), status, text].filter((part) => part !== null && part !== '').join(' ');
}

/** The status to write into a report on `reply`: its own, or the general one of its class (RFC 3463, section 3.1). */
export function statusOf(reply: SmtpReply, otherwise: string): string {
  if (reply.status !== null) return reply.status;
  return reply.code >= 500 ? '5.0.0' : reply.code >= 400 ? '4.0.0' : otherwise;
}
