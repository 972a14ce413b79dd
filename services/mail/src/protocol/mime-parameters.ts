/** Parameters in pieces and in other character sets: RFC 2231. `filename*0*=utf-8''%EB%A9%94; filename*1*=%EB%89%B4` */
import { decodeCharset } from './charset.ts';
import { decodeEncodedWords } from './encoded-word.ts';
import { fromBinaryText, toText } from './octets.ts';

type Parameters = readonly (readonly [name: string, value: string])[];

/** Pieces of one parameter that are joined. */
const PIECES_MAX = 50;

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

interface Piece {
  readonly value: string;
  readonly isEncoded: boolean;
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
