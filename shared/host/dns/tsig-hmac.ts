import { createHmac } from 'node:crypto';
import type { Hmac } from '../../dns/tsig.ts';

/** The HMAC of TSIG by Node's own cryptography. */
export const tsigHmac: Hmac = (algorithm, secret, octets) =>
  createHmac(algorithm.slice('hmac-'.length), secret).update(octets).digest();
