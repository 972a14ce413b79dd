/**
 * SASL (RFC 4422) as a server speaks it: challenges and responses in base64 until a name and a password are there. The mechanisms
 * are PLAIN (RFC 4616) and LOGIN, which no RFC describes but old clients need: it asks for one after the other.
 */
import { parsePlain } from './imap/sasl-plain.ts';
import { fromBinaryText, toText } from './octets.ts';
import { decodeBase64 } from './transfer-encoding.ts';

export const SASL_MECHANISMS = ['PLAIN', 'LOGIN'] as const;
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

export interface SaslExchange {
  readonly mechanism: SaslMechanism;
  /** Of LOGIN, when it was given. */
  readonly user: string | null;
}

export type SaslStep =
  /** `challenge` in base64. */
  | { readonly kind: 'challenge'; readonly challenge: string; readonly exchange: SaslExchange }
  | { readonly kind: 'credentials'; readonly user: string; readonly password: string }
  /** Somebody wants to act for somebody else. */
  | { readonly kind: 'foreign'; readonly authorize: string }
  | { readonly kind: 'malformed' };

/** What LOGIN asks, as all servers do: "Username:" and "Password:". */
const ASK_USER = 'VXNlcm5hbWU6';
const ASK_PASSWORD = 'UGFzc3dvcmQ6';

/** @param response in base64; null where the client sent none with its command */
export function stepSasl(exchange: SaslExchange, response: string | null): SaslStep {
  if (response === null) {
    const challenge = exchange.mechanism === 'PLAIN' ? '' : ASK_USER;
    return { kind: 'challenge', challenge, exchange };
  }
  if (exchange.mechanism === 'LOGIN') return stepLogin(exchange, response);
  const plain = parsePlain(response);
  if (plain === null) return { kind: 'malformed' };
  const { authorize, user, password } = plain;
  return authorize === '' || authorize === user
    ? { kind: 'credentials', user, password }
    : { kind: 'foreign', authorize };
}

function stepLogin(exchange: SaslExchange, response: string): SaslStep {
  const text = decodeText(response);
  if (text === null) return { kind: 'malformed' };
  if (exchange.user !== null) return { kind: 'credentials', user: exchange.user, password: text };
  return { kind: 'challenge', challenge: ASK_PASSWORD, exchange: { ...exchange, user: text } };
}

function decodeText(base64: string): string | null {
  const isBase64 = base64 !== '' && base64.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(base64);
  return isBase64 ? toText(decodeBase64(fromBinaryText(base64))) : null;
}
