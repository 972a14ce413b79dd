/** What CAPA tells: RFC 2449, section 5. Nothing is told that is not there. */
import type { Pop3Privacy } from './pop3-step.ts';
import { SASL_MECHANISMS } from './sasl-exchange.ts';

/** RFC 2449, section 6: the same before and after the log-in. EXPIRE NEVER: no message goes unless somebody removes it. */
const ALWAYS = ['TOP', 'UIDL', 'RESP-CODES', 'AUTH-RESP-CODE', 'PIPELINING', 'EXPIRE NEVER'] as const;
const IMPLEMENTATION = 'IMPLEMENTATION Topdown';

export function capabilitiesIn(state: 'authorization' | 'transaction', privacy: Pop3Privacy): string[] {
  return [
    ...ALWAYS,
    // RFC 2595, section 4: only where the command is possible.
    ...(state === 'authorization' && !privacy.isTls ? ['STLS'] : []),
    ...(mayLogIn(privacy) ? ['USER', `SASL ${SASL_MECHANISMS.join(' ')}`] : []),
    IMPLEMENTATION,
  ];
}

/** RFC 2595, section 2.2: where a password would be seen it is not asked for, unless the lab wants it to be seen. */
export function mayLogIn({ isTls, allowsCleartext }: Pop3Privacy): boolean {
  return isTls || allowsCleartext;
}
