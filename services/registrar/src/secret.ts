import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Octets of randomness in a holder's secret: nobody guesses 128 bits, so that a plain hash of it is enough. */
const SECRET_OCTETS = 16;

export function newSecret(): string {
  return randomBytes(SECRET_OCTETS).toString('base64url');
}

/** What is kept of a secret: SHA-256, in hexadecimal. */
export function secretHash(secret: string): string {
  return hash(secret).toString('hex');
}

/** Whether `secret` is the one of this hash, in a time that does not tell how near it is. */
export function isSecretOf(kept: string, secret: string): boolean {
  return timingSafeEqual(hash(secret), Buffer.from(kept, 'hex'));
}

function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
