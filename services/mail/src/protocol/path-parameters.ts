/** Which parameters MAIL and RCPT may have here, and what is refused about them: RFC 5321, section 4.1.1.11. */
import type { SmtpReply } from './smtp-reply.ts';

export interface ParameterFault {
  readonly reply: SmtpReply;
  readonly because: string;
}

/** What EHLO announces: RFC 1870, RFC 6152, RFC 6531, RFC 3461; AUTH (RFC 4954, section 5) where a user may log in. */
const PARAMETERS = {
  MAIL: ['SIZE', 'BODY', 'SMTPUTF8', 'RET', 'ENVID', 'AUTH'],
  RCPT: ['NOTIFY', 'ORCPT'],
} as const;

/** Longest values, in characters: RFC 3461, sections 4.4 and 4.2. */
const LENGTHS_MAX: Readonly<Record<string, number>> = { ENVID: 100, ORCPT: 500 };

/** What is wrong with the parameters of a command; null when nothing is. The library has read their values by then. */
export function faultInParameters(
  verb: 'MAIL' | 'RCPT',
  parameters: Readonly<Record<string, string | true>>,
  offersAuth: boolean,
): ParameterFault | null {
  const known: readonly string[] = PARAMETERS[verb];
  for (const [keyword, value] of Object.entries(parameters)) {
    if (!known.includes(keyword) || (keyword === 'AUTH' && !offersAuth)) {
      return {
        reply: { code: 555, status: '5.5.4', text: 'Parameter not recognized or not implemented' },
        because: `EHLO announced no extension with the parameter ${keyword.slice(0, 50)}`,
      };
    }
    const most = LENGTHS_MAX[keyword];
    if (most !== undefined && value !== true && value.length > most) {
      return {
        reply: { code: 501, status: '5.5.4', text: `${keyword} is too long` },
        because: `a value of ${keyword} has ${most} characters at most (RFC 3461, section 4)`,
      };
    }
  }
  return null;
}

/** What SIZE announces, in octets (RFC 1870, section 3); 0 where nothing is announced. */
export function announcedOctets(parameters: Readonly<Record<string, string | true>>): number {
  const { SIZE } = parameters;
  return typeof SIZE === 'string' ? Number(SIZE) : 0;
}
