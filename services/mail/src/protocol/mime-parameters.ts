/** Parameters in pieces and in other character sets: RFC 2231. `filename*0*=utf-8''%EB%A9%94; filename*1*=%EB%89%B4` */
import { decodeCharset } from './charset.ts';
import { decodeEncodedWords } from './encoded-word.ts';
import { fromBinaryText, toText } from './octets.ts';

type Parameters = readonly (readonly [name: string, value: string])[];

/** Pieces of one parameter that are joined. */
const PIECES_MAX = 50;
/** `filename*2*`: the name, the place of the piece, and whether it is encoded. */
const PIECE_NAME = /^([^*]+)\*(0|[1-9][0-9]?)(\*?)$/;
/** What an encoded value may have as it is (RFC 2231, section 7: attribute-char). */
const NO_ATTRIBUTE_CHAR = /[^A-Za-z0-9!#$&+.^_`{|}~-]/g;

interface Piece {
  readonly value: string;
  readonly isEncoded: boolean;
}

/** The parameter `name` as text; '' when there is none. `parameters` have one character for each octet. */
export function parameterText(parameters: Parameters, name: string): string {
  const find = (wanted: string) => parameters.find(([one]) => one === wanted)?.[1];
  const whole = find(`${name}*`);
  if (whole !== undefined) return decodeExtended([{ value: whole, isEncoded: true }]);
  const pieces: Piece[] = [];
  for (let index = 0; index < PIECES_MAX; index += 1) {
    const encoded = find(`${name}*${index}*`);
    const value = encoded ?? find(`${name}*${index}`);
    if (value === undefined) break;
    pieces.push({ value, isEncoded: encoded !== undefined });
  }
  if (pieces.length > 0) return decodeExtended(pieces);
  // Encoded words have no place in a parameter (RFC 2047, section 5); many programs write them there all the same.
  return decodeEncodedWords(toText(fromBinaryText(find(name) ?? '')));
}

/**
 * Parameters in pieces made whole, and still encoded, as a server of IMAP tells them (RFC 2231, section 6): `title*0*` and `title*1`
 * become `title*`, `name*0` and `name*1` become `name`, in whatever order they came. Pieces behind a missing one stay as they are.
 */
export function joinPieces(parameters: Parameters): Parameters {
  if (!parameters.some(([name]) => PIECE_NAME.test(name))) return parameters;
  const whole = new Map<string, Piece[]>();
  for (const [name, value] of parameters) {
    const [, of, place = '', mark = ''] = PIECE_NAME.exec(name) ?? [];
    if (of === undefined) continue;
    const pieces = whole.get(of) ?? [];
    whole.set(of, pieces);
    pieces[Number(place)] ??= { value, isEncoded: mark !== '' };
  }
  return parameters.flatMap(([name, value]) => {
    const [, of = '', place = ''] = PIECE_NAME.exec(name) ?? [];
    const pieces = upToGap(whole.get(of) ?? []);
    if (Number(place) >= pieces.length) return [[name, value] as const];
    return place === '0' ? [joined(of, pieces)] : [];
  });
}

function upToGap(pieces: readonly Piece[]): readonly Piece[] {
  let length = 0;
  while (pieces[length] !== undefined) length += 1;
  return pieces.slice(0, length);
}

function joined(name: string, pieces: readonly Piece[]): readonly [name: string, value: string] {
  if (!pieces.some(({ isEncoded }) => isEncoded)) return [name, pieces.map(({ value }) => value).join('')];
  const encoded = pieces.map(({ value, isEncoded }) => (isEncoded ? value : value.replace(NO_ATTRIBUTE_CHAR, percent)));
  // Section 4.1: the character set stands in the first piece, when this is encoded.
  return [`${name}*`, `${pieces[0]?.isEncoded ? '' : "''"}${encoded.join('')}`];
}

function percent(octet: string): string {
  return `%${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Section 4.1: only the first piece names the character set, which is that of all encoded pieces. */
function decodeExtended(pieces: readonly Piece[]): string {
  const [first] = pieces;
  const [, charset = '', rest = first?.value ?? ''] =
    (first?.isEncoded && /^([^']{0,60})'[^']*'(.*)$/s.exec(first.value)) || [];
  const octets = pieces.map(({ value, isEncoded }, index) => {
    const text = index === 0 ? rest : value;
    return isEncoded
      ? text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
      : text;
  });
  return decodeCharset(fromBinaryText(octets.join('')), charset);
}
