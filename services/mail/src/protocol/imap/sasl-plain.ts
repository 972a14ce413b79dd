/** The message of the SASL mechanism PLAIN, in base64: RFC 4616, section 2: authorization identity, NUL, user, NUL, password. */
import { fromBinaryText, toText } from '../octets.ts';
import { decodeBase64 } from '../transfer-encoding.ts';

export interface PlainMessage {
  /** '' or the user to act for. */
  readonly authorize: string;
  readonly user: string;
  readonly password: string;
}

/** Null for what has not that form. */
export function parsePlain(base64: string): PlainMessage | null {
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null;
  const [authorize, user, password, ...more] = toText(decodeBase64(fromBinaryText(base64))).split('\0');
  const isWhole = authorize !== undefined && user !== undefined && password !== undefined && more.length === 0;
  return isWhole && user !== '' && password !== '' ? { authorize, user, password } : null;
}
