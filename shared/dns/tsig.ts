/**
 * TSIG (RFC 8945): two parties that share a secret sign what they send each other, and know that nobody else made or changed
 * it. What is signed (section 4.3.3):
 *
 *     request                  the message, the variables of its TSIG record
 *     first, or only, reply    the request's MAC, the message, the variables
 *     later messages of it     the MAC before, the messages since then, the time and the fudge (section 5.3.1)
 *
 * A client: `signRequest`, then `ReplyVerifier`. A server: `checkRequest`, then the `Seal` that it gives. Secrets are made
 * into MACs by an `Hmac`, the time is an argument: the machine's time, never that of the lab's clock.
 */

import { ProtocolViolation } from '../protocol-violation.ts';
import { type Name, nameKey } from './name.ts';
import { formatHostname, formatName, parseName } from './name-text.ts';
import { RCODE } from './registry.ts';
import { MAC_OCTETS, MAC_OCTETS_MIN, type TsigAlgorithm, type TsigKey } from './tsig-key.ts';
import {
  appendTsig,
  encodeTsig,
  splitTsig,
  TSIG_ERROR,
  type Tsig,
  type TsigErrorName,
  writeTime,
} from './tsig-record.ts';
import { WireWriter } from './wire-writer.ts';

/** The whole MAC of `octets`. */
export type Hmac = (algorithm: TsigAlgorithm, secret: Uint8Array, octets: Uint8Array) => Uint8Array;

/** Seconds by which the clocks of both sides may differ (RFC 8945, section 10, recommends 300). */
const FUDGE_S = 300;
/** Messages without a signature that a verifier takes between two that have one (RFC 8945, section 5.3.1). */
const UNSIGNED_MAX = 99;

const NOTHING = new Uint8Array(0);

/** A request that is ready to go, and its MAC, which the reply is signed over. */
export interface SignedRequest {
  readonly octets: Uint8Array<ArrayBuffer>;
  readonly mac: Uint8Array;
}

/** The request `octets` signed by `key` at `nowS`, in seconds since 1970. */
export function signRequest(octets: Uint8Array, key: TsigKey, nowS: number, hmac: Hmac): SignedRequest {
  const unsigned = tsigOf(key, octets, nowS);
  const mac = macOf([octets, variablesOf(unsigned)], key, hmac).subarray(0, key.macOctets);
  return { octets: appendTsig(octets, { ...unsigned, mac }), mac };
}

/** Puts a TSIG record to each message of a reply. */
export interface Seal {
  /** Octets that it adds to a message, at most: what a message over UDP must leave free. */
  readonly octets: number;
  /** The message with its TSIG record; to be called once for each message, in the order in which they go. */
  close(message: Uint8Array, nowS: number): Uint8Array<ArrayBuffer>;
}

/** What a server knows about the signature of a request. */
export type CheckedRequest =
  | { readonly kind: 'unsigned' }
  /** It was made by who has `key`: the reply is to be closed by `seal`. */
  | {
      readonly kind: 'signed';
      readonly key: TsigKey;
      readonly mac: Uint8Array;
      readonly timeSigned: number;
      readonly fudge: number;
      readonly seal: Seal;
    }
  | RejectedRequest;

/** To be answered with `rcode` and nothing else, closed by `seal` where there is one (RFC 8945, section 5.2). */
export interface RejectedRequest {
  readonly kind: 'rejected';
  readonly rcode: number;
  readonly error: TsigErrorName;
  readonly seal: Seal | null;
  readonly because: string;
}

/** Verifies the octets of a request against `keys`, which are by `nameKey` (RFC 8945, section 5.2). */
export function checkRequest(
  octets: Uint8Array,
  keys: ReadonlyMap<string, TsigKey>,
  nowS: number,
  hmac: Hmac,
): CheckedRequest {
  const split = splitOrFault(octets);
  if (split === null) return { kind: 'unsigned' };
  if (typeof split === 'string') return formatError(split);
  const { message, tsig } = split;
  const name = formatName(tsig.name);
  const key = keys.get(nameKey(tsig.name));
  if (key === undefined || !isAlgorithm(tsig, key)) {
    const because =
      key === undefined
        ? `there is no key ${name} here`
        : `the key ${name} is one of ${key.algorithm}, not of ${formatHostname(tsig.algorithm)}`;
    return rejection('BADKEY', unsignedSeal(tsig, 'BADKEY'), because);
  }
  // Section 5.2.2.1: longer than the whole or shorter than half is no MAC at all.
  const fault = macFault(tsig.mac, key);
  if (fault !== null) return formatError(fault);
  const whole = macOf([message, variablesOf(tsig)], key, hmac);
  if (!isEqual(tsig.mac, whole.subarray(0, tsig.mac.length))) {
    return rejection('BADSIG', unsignedSeal(tsig, 'BADSIG'), `the signature is not one by the key ${name}`);
  }
  const chain = new Chain({ ...key, macOctets: tsig.mac.length }, tsig.mac, hmac);
  if (Math.abs(nowS - tsig.timeSigned) > tsig.fudge) {
    const because = `it was signed ${Math.abs(nowS - tsig.timeSigned)} s ${nowS > tsig.timeSigned ? 'ago' : 'ahead'}, and ${tsig.fudge} s are allowed: a clock is wrong, or it was recorded and sent again`;
    return rejection('BADTIME', badTimeSeal(chain, tsig), because);
  }
  if (tsig.mac.length < key.macOctets) {
    const because = `its MAC has ${tsig.mac.length} octets, and the key ${name} wants ${key.macOctets}`;
    return rejection('BADTRUNC', errorSeal(chain, 'BADTRUNC'), because);
  }
  const { mac, timeSigned, fudge } = tsig;
  return { kind: 'signed', key, mac, timeSigned, fudge, seal: errorSeal(chain, 'NOERROR') };
}

/** BADTIME for a request that was verified, but is a repetition: closed like the one that `checked` would have got. */
export function replayOf(octets: Uint8Array, key: TsigKey, hmac: Hmac, because: string): RejectedRequest {
  const tsig = splitTsig(octets)!.tsig;
  const chain = new Chain({ ...key, macOctets: tsig.mac.length }, tsig.mac, hmac);
  return rejection('BADTIME', badTimeSeal(chain, tsig), because);
}

/** Why a reply is not believed. `error` is what the server says, where it says that it does not believe us. */
export class TsigError extends Error {
  override readonly name = 'TsigError';
  readonly error: TsigErrorName | null;

  constructor(what: string, error: TsigErrorName | null = null) {
    super(what);
    this.error = error;
  }
}

/** Verifies the reply to a signed request, message by message (RFC 8945, sections 5.3.1 and 5.4). */
export class ReplyVerifier {
  readonly #key: TsigKey;
  readonly #chain: Chain;
  #isFirst = true;
  #unsigned = 0;

  constructor(key: TsigKey, requestMac: Uint8Array, hmac: Hmac) {
    this.#key = key;
    this.#chain = new Chain(key, requestMac, hmac);
  }

  /** Whether the last message was signed, and so all before it: what a reply of several messages must end with. */
  get isSettled(): boolean {
    return !this.#isFirst && this.#unsigned === 0;
  }

  /** Takes the next message. @throws TsigError where it must not be believed */
  verify(octets: Uint8Array, nowS: number): void {
    const split = splitOrFault(octets);
    if (typeof split === 'string') throw new TsigError(split);
    if (split === null) {
      if (this.#isFirst) throw new TsigError('the reply is not signed');
      if (++this.#unsigned > UNSIGNED_MAX) throw new TsigError(`more than ${UNSIGNED_MAX} messages are not signed`);
      this.#chain.skip(octets);
      return;
    }
    const { message, tsig } = split;
    const error = errorName(tsig.error);
    const isRefused = error === 'BADKEY' || error === 'BADSIG';
    if (isRefused && tsig.mac.length === 0) throw new TsigError(`the server answers ${error}${HINTS[error]}`, error);
    if (nameKey(tsig.name) !== nameKey(this.#key.name) || !isAlgorithm(tsig, this.#key)) {
      throw new TsigError(`the reply is signed by another key, ${formatName(tsig.name)}`);
    }
    const fault =
      macFault(tsig.mac, this.#key) ?? (tsig.mac.length < this.#key.macOctets ? 'its MAC is too short' : null);
    if (fault !== null) throw new TsigError(fault);
    const whole = this.#chain.macOf(message, tsig);
    if (!isEqual(tsig.mac, whole.subarray(0, tsig.mac.length)))
      throw new TsigError('the signature of the reply is wrong');
    if (error !== 'NOERROR') throw new TsigError(`the server answers ${error}${HINTS[error]}`, error);
    if (Math.abs(nowS - tsig.timeSigned) > tsig.fudge) throw new TsigError('the reply was signed at another time');
    this.#chain.passOn(tsig.mac);
    this.#isFirst = false;
    this.#unsigned = 0;
  }
}

const HINTS: Readonly<Record<TsigErrorName, string>> = {
  NOERROR: '',
  BADSIG: ': its secret of this key is another',
  BADKEY: ': it has no such key, or one of another algorithm',
  BADTIME: ': the clocks of both sides differ too much',
  BADTRUNC: ': it wants longer MACs',
};

/** The MACs of a reply's messages, each made over the one before. */
class Chain {
  readonly #key: TsigKey;
  readonly #hmac: Hmac;
  #before: Uint8Array;
  #isFirst = true;
  #skipped: Uint8Array[] = [];

  constructor(key: TsigKey, requestMac: Uint8Array, hmac: Hmac) {
    this.#key = key;
    this.#hmac = hmac;
    this.#before = requestMac;
  }

  get key(): TsigKey {
    return this.#key;
  }

  /** A message that is not signed itself: the next MAC is made over it too. */
  skip(message: Uint8Array): void {
    this.#skipped.push(message);
  }

  /** The whole MAC of the next message. */
  macOf(message: Uint8Array, tsig: Tsig): Uint8Array {
    const variables = this.#isFirst ? variablesOf(tsig) : timersOf(tsig);
    return macOf([withLength(this.#before), ...this.#skipped, message, variables], this.#key, this.#hmac);
  }

  /** The message whose MAC is `mac` has been made, or taken. */
  passOn(mac: Uint8Array): void {
    this.#before = mac;
    this.#isFirst = false;
    this.#skipped = [];
  }

  close(message: Uint8Array, unsigned: Tsig): Uint8Array<ArrayBuffer> {
    const mac = this.macOf(message, unsigned).subarray(0, this.#key.macOctets);
    this.passOn(mac);
    return appendTsig(message, { ...unsigned, mac });
  }
}

/** A seal that signs, and says what was wrong where something was. */
function errorSeal(chain: Chain, error: TsigErrorName): Seal {
  const { key } = chain;
  const empty = { ...tsigOf(key, new Uint8Array(2), 0), mac: new Uint8Array(key.macOctets) };
  return {
    octets: encodeTsig(empty).length,
    close: (message, nowS) => chain.close(message, { ...tsigOf(key, message, nowS), error: TSIG_ERROR[error] }),
  };
}

/** RFC 8945, section 5.2.3: signed, with the time of the client so that it is believed, and that of the server beside it. */
function badTimeSeal(chain: Chain, { timeSigned, fudge }: Tsig): Seal {
  const seal = errorSeal(chain, 'BADTIME');
  return {
    octets: seal.octets + 6,
    close: (message, nowS) => {
      const writer = new WireWriter();
      writeTime(writer, nowS);
      const otherData = writer.finish();
      const tsig = { ...tsigOf(chain.key, message, timeSigned), fudge, error: TSIG_ERROR.BADTIME, otherData };
      return chain.close(message, tsig);
    },
  };
}

/** RFC 8945, section 5.3.2: who cannot be believed gets an answer that is not signed, with an empty MAC. */
function unsignedSeal(request: Tsig, error: TsigErrorName): Seal {
  const tsig = { ...request, mac: NOTHING, otherData: NOTHING, error: TSIG_ERROR[error] };
  return {
    octets: encodeTsig(tsig).length,
    close: (message, nowS) => appendTsig(message, { ...tsig, timeSigned: nowS, originalId: idOf(message) }),
  };
}

function rejection(error: TsigErrorName, seal: Seal, because: string): RejectedRequest {
  return { kind: 'rejected', rcode: RCODE.NOTAUTH, error, seal, because: `${error}: ${because}` };
}

function formatError(because: string): CheckedRequest {
  return { kind: 'rejected', rcode: RCODE.FORMERR, error: 'NOERROR', seal: null, because };
}

function splitOrFault(octets: Uint8Array): ReturnType<typeof splitTsig> | string {
  try {
    return splitTsig(octets);
  } catch (error) {
    if (error instanceof ProtocolViolation) return error.message;
    throw error;
  }
}

/** What is wrong with the length of a MAC by itself; null where it may be compared. */
function macFault(mac: Uint8Array, key: TsigKey): string | null {
  const whole = MAC_OCTETS[key.algorithm];
  if (mac.length <= whole && mac.length >= Math.max(MAC_OCTETS_MIN, whole / 2)) return null;
  return `a MAC of ${key.algorithm} cannot have ${mac.length} octets (RFC 8945, section 5.2.2.1)`;
}

function isAlgorithm({ algorithm }: Tsig, key: TsigKey): boolean {
  return nameKey(algorithm) === nameKey(algorithmName(key));
}

function algorithmName({ algorithm }: TsigKey): Name {
  return parseName(algorithm);
}

/** The record that will sign `message`, its MAC still missing. */
function tsigOf(key: TsigKey, message: Uint8Array, nowS: number): Tsig {
  return {
    ...{ name: key.name, algorithm: algorithmName(key), timeSigned: Math.floor(nowS), fudge: FUDGE_S },
    ...{ mac: NOTHING, originalId: idOf(message), error: TSIG_ERROR.NOERROR, otherData: NOTHING },
  };
}

function idOf(message: Uint8Array): number {
  return (message[0]! << 8) | message[1]!;
}

function errorName(number: number): TsigErrorName {
  const known = Object.entries(TSIG_ERROR).find(([, value]) => value === number);
  if (known === undefined) throw new TsigError(`the server answers the TSIG error ${number}`);
  return known[0] as TsigErrorName;
}

/** RFC 8945, section 4.3.3: names in lower case and without compression; class ANY; TTL 0. */
function variablesOf(tsig: Tsig): Uint8Array {
  const writer = new WireWriter();
  writer.uncompressedName(canonical(tsig.name));
  writer.u16(0xff);
  writer.u32(0);
  writer.uncompressedName(canonical(tsig.algorithm));
  writer.octets(timersOf(tsig));
  writer.u16(tsig.error);
  writer.u16(tsig.otherData.length);
  writer.octets(tsig.otherData);
  return writer.finish();
}

function timersOf({ timeSigned, fudge }: Tsig): Uint8Array {
  const writer = new WireWriter();
  writeTime(writer, timeSigned);
  writer.u16(fudge);
  return writer.finish();
}

/** A name in full, the letters A to Z in lower case (RFC 4034, section 6.2). */
function canonical(name: Name): Name {
  return name.map((label) => label.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
}

function withLength(mac: Uint8Array): Uint8Array {
  return concat([Uint8Array.of(mac.length >> 8, mac.length & 0xff), mac]);
}

function macOf(parts: readonly Uint8Array[], { algorithm, secret }: TsigKey, hmac: Hmac): Uint8Array {
  return hmac(algorithm, secret, concat(parts));
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const octets = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    octets.set(part, at);
    at += part.length;
  }
  return octets;
}

/** Compares in a time that does not tell at which octet they differ. */
function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let at = 0; at < one.length; at += 1) difference |= one[at]! ^ other[at]!;
  return difference === 0;
}
