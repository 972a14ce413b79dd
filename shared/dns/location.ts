/**
 * The data of a LOC record (RFC 1876): where on Earth something is.
 *
 *     version 0 (8 bits) | size (8) | horizontal precision (8) | vertical precision (8)
 *     latitude (32)      | longitude (32)  | altitude (32)
 *
 * Angles are thousandths of a second of arc from 2^31, altitudes centimetres from 100 km below the sea, and sizes a
 * decimal digit and a power of ten, in centimetres. As text: `52 22 23.000 N 4 53 32.000 E -2.00m 1m 10000m 10m`.
 */
import { ProtocolViolation } from '../protocol-violation.ts';

const CLAUSE = 'RFC 1876, section 3';
const LOCATION_OCTETS = 16;

/** What 0 degrees are on the wire, and a degree, a minute and a second in thousandths of a second of arc. */
const EQUATOR = 2 ** 31;
const DEGREE = 3_600_000;
const MINUTE = 60_000;
const SECOND = 1_000;
/** Centimetres from the reference of altitudes up to the sea. */
const SEA_LEVEL_CM = 10_000_000;
/** Size 1 m, horizontal precision 10 km, vertical precision 10 m: what is meant where nothing is written. */
const DEFAULT_SIZES_CM = [100, 1_000_000, 1_000];

/** The octets of a location from its words. @throws ProtocolViolation */
export function parseLocation(words: readonly string[]): Uint8Array<ArrayBuffer> {
  const rest = [...words];
  const latitude = takeAngle(rest, 'N', 'S', 90);
  const longitude = takeAngle(rest, 'E', 'W', 180);
  const altitude = takeMetres(rest, 'altitude', -100_000, 42_849_672.95);
  if (altitude === undefined) throw fault('the altitude is missing');
  const sizes = DEFAULT_SIZES_CM.map((otherwise) => takeMetres(rest, 'size', 0, 90_000_000) ?? otherwise);
  if (rest.length > 0) throw fault(`"${rest[0]}" is one word too many`);

  const octets = new Uint8Array(LOCATION_OCTETS);
  const view = new DataView(octets.buffer);
  for (const [at, size] of sizes.entries()) view.setUint8(1 + at, encodeSize(size));
  view.setUint32(4, latitude);
  view.setUint32(8, longitude);
  view.setUint32(12, altitude + SEA_LEVEL_CM);
  return octets;
}

/** A location as a zone file writes it. @throws ProtocolViolation where the octets are none of version 0 */
export function formatLocation(octets: Uint8Array): string {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  if (octets.length !== LOCATION_OCTETS || view.getUint8(0) !== 0) throw fault('it is no location of version 0');
  const [size, horizontal, vertical] = [1, 2, 3].map((at) => formatSize(decodeSize(view.getUint8(at))));
  const altitude = formatMetres(view.getUint32(12) - SEA_LEVEL_CM);
  const angles = `${formatAngle(view.getUint32(4), 'N', 'S')} ${formatAngle(view.getUint32(8), 'E', 'W')}`;
  return `${angles} ${altitude} ${size} ${horizontal} ${vertical}`;
}

function fault(what: string): ProtocolViolation {
  return new ProtocolViolation(`LOC: ${what}`, 0, CLAUSE);
}

/** `52 22 23.000 N`: degrees, then minutes and seconds if there are any, then the hemisphere. */
function takeAngle(words: string[], positive: string, negative: string, degreesMax: number): number {
  const numbers: string[] = [];
  for (let word = words.shift(); ; word = words.shift()) {
    if (word === undefined) throw fault(`the ${positive} or ${negative} is missing`);
    const hemisphere = word.toUpperCase();
    if (hemisphere === positive || hemisphere === negative) {
      const [degrees = Number.NaN, minutes = 0, seconds = 0] = numbers.map(Number);
      const angle = Math.round(degrees * DEGREE + minutes * MINUTE + seconds * SECOND);
      const isAngle = numbers.length <= 3 && minutes < 60 && seconds < 60 && angle <= degreesMax * DEGREE;
      if (!isAngle) throw fault(`"${numbers.join(' ')} ${word}" is no angle: write degrees, minutes and seconds`);
      return EQUATOR + (hemisphere === positive ? angle : -angle);
    }
    const isSeconds = numbers.length === 2 && /^\d{1,2}(\.\d{1,3})?$/.test(word);
    if (!isSeconds && !/^\d{1,3}$/.test(word)) throw fault(`"${word}" is no part of an angle`);
    numbers.push(word);
  }
}

function formatAngle(value: number, positive: string, negative: string): string {
  const angle = Math.abs(value - EQUATOR);
  const [degrees, minutes] = [Math.floor(angle / DEGREE), Math.floor((angle % DEGREE) / MINUTE)];
  const seconds = ((angle % MINUTE) / SECOND).toFixed(3);
  return `${degrees} ${minutes} ${seconds} ${value >= EQUATOR ? positive : negative}`;
}

/** A number of metres as centimetres; undefined where the words have ended. */
function takeMetres(words: string[], what: string, min: number, max: number): number | undefined {
  const word = words.shift();
  if (word === undefined) return undefined;
  const metres = /^(-?\d+(?:\.\d{1,2})?)m?$/i.exec(word)?.[1];
  if (metres === undefined || Number(metres) < min || Number(metres) > max) {
    throw fault(`the ${what} is "${word}": write metres from ${min} to ${max}`);
  }
  return Math.round(Number(metres) * 100);
}

function formatMetres(centimetres: number): string {
  return `${(centimetres / 100).toFixed(2)}m`;
}

/** Sizes of a metre and more are whole metres. */
function formatSize(centimetres: number): string {
  return centimetres >= 100 ? `${centimetres / 100}m` : formatMetres(centimetres);
}

/** Four bits of a decimal digit, four of a power of ten. */
function encodeSize(centimetres: number): number {
  let [digit, power] = [centimetres, 0];
  for (; digit >= 10; digit = Math.floor(digit / 10)) power += 1;
  return (digit << 4) | power;
}

function decodeSize(octet: number): number {
  return (octet >> 4) * 10 ** (octet & 0xf);
}
