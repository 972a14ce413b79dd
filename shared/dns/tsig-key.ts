/**
 * The keys of TSIG, and the file that they are kept in. The file has the form of BIND, so that `dig -k` and `nsupdate -k`
 * read the same one:
 *
 *     key "registrar." {
 *             algorithm hmac-sha256;
 *             secret "c2VjcmV0...";
 *     };
 *
 * Comments are those of BIND: from `#` or two slashes to the end of the line, or between slash-asterisk and asterisk-slash.
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import { type Name, nameKey } from './name.ts';
import { formatName, parseName } from './name-text.ts';
import { type Place, ZoneFileError } from './zone-file-error.ts';

/**
 * Octets of each algorithm's MAC (RFC 8945, section 6). HMAC-MD5 is left out: section 6 keeps it for old peers only, and
 * there are none here.
 */
export const MAC_OCTETS = {
  'hmac-sha1': 20,
  'hmac-sha224': 28,
  'hmac-sha256': 32,
  'hmac-sha384': 48,
  'hmac-sha512': 64,
} as const;

export type TsigAlgorithm = keyof typeof MAC_OCTETS;

/** A secret that two parties share, by its name. */
export interface TsigKey {
  readonly name: Name;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Uint8Array;
  /** Octets of a MAC by this key: what it is cut to, and what it must at least have (RFC 8945, section 5.2.2.1). */
  readonly macOctets: number;
}

/** Shortest MAC that may be sent, in octets; and never less than half of the whole (RFC 8945, section 5.2.2.1). */
export const MAC_OCTETS_MIN = 10;

const CLAUSE = 'RFC 8945, section 6';
const PIECE = /\/\/.*|#.*|\/\*[\s\S]*?\*\/|"([^"\n]*)"|[{};]|[^\s{};"]+/g;

/** A word of the file, or one of its marks `{`, `}` and `;`. */
interface Token {
  readonly text: string;
  readonly isMark: boolean;
  readonly place: Place;
}

/** The keys of a file, at least one. @throws ZoneFileError, with file and line */
export function parseTsigKeys(text: string, file: string): TsigKey[] {
  const tokens = tokensOf(text, file);
  const keys: TsigKey[] = [];
  while (tokens.length > 0) keys.push(takeKey(tokens, file));
  if (keys.length === 0) throw refusal({ file, line: 1 }, 'it has no key: write key "NAME." { ... };');
  return keys;
}

/** Keys by the `nameKey` of their names. */
export function keyring(keys: readonly TsigKey[]): ReadonlyMap<string, TsigKey> {
  return new Map(keys.map((key) => [nameKey(key.name), key]));
}

function tokensOf(text: string, file: string): Token[] {
  return [...text.matchAll(PIECE)].flatMap((match) => {
    const [whole, quoted] = match;
    if (/^(\/\/|#|\/\*)/.test(whole)) return [];
    const line = text.slice(0, match.index).split('\n').length;
    return [{ text: quoted ?? whole, isMark: quoted === undefined && /^[{};]$/.test(whole), place: { file, line } }];
  });
}

function takeKey(tokens: Token[], file: string): TsigKey {
  const end: Place = { file, line: tokens.at(-1)!.place.line };
  const take = (what: string): Token => {
    const token = tokens.shift();
    if (token === undefined) throw refusal(end, `the file ends where ${what} should stand`);
    return token;
  };
  const mark = (text: string): void => {
    const token = take(`"${text}"`);
    if (!token.isMark || token.text !== text)
      throw refusal(token.place, `"${token.text}" stands where "${text}" should`);
  };
  const start = take('"key"');
  if (start.text !== 'key') throw refusal(start.place, `"${start.text}" is not known here: write key "NAME." { ... };`);
  const name = take('the name of the key');
  const values = new Map<string, Token>();
  mark('{');
  for (let field = take('"}"'); field.text !== '}'; field = take('"}"')) {
    if (field.text !== 'algorithm' && field.text !== 'secret') {
      throw refusal(field.place, `"${field.text}" is no part of a key: it has algorithm and secret`);
    }
    values.set(field.text, take(`the ${field.text}`));
    mark(';');
  }
  mark(';');
  const [algorithm, secret] = [values.get('algorithm'), values.get('secret')];
  if (algorithm === undefined) throw refusal(start.place, 'the key has no algorithm: write algorithm hmac-sha256;');
  if (secret === undefined) throw refusal(start.place, 'the key has no secret: write secret "BASE64";');
  return { name: parseKeyName(name), ...parseAlgorithm(algorithm), secret: parseSecret(secret) };
}

function parseKeyName({ text, place }: Token): Name {
  try {
    return parseName(text);
  } catch (error) {
    if (!(error instanceof ProtocolViolation)) throw error;
    throw refusal(place, `"${text}" is no name`);
  }
}

/** `hmac-sha256`, or with the bits that a MAC is cut to: `hmac-sha256-128`. */
function parseAlgorithm({ text, place }: Token): Pick<TsigKey, 'algorithm' | 'macOctets'> {
  const [, name, bits] = /^(hmac-sha\d+)(?:-(\d+))?\.?$/.exec(text.toLowerCase()) ?? [];
  if (name === undefined || !Object.hasOwn(MAC_OCTETS, name)) {
    throw refusal(place, `the algorithm "${text}" is not known: use ${Object.keys(MAC_OCTETS).join(', ')}`);
  }
  const algorithm = name as TsigAlgorithm;
  const whole = MAC_OCTETS[algorithm];
  const macOctets = bits === undefined ? whole : Number(bits) / 8;
  if (Number.isInteger(macOctets) && macOctets <= whole && macOctets >= Math.max(MAC_OCTETS_MIN, whole / 2)) {
    return { algorithm, macOctets };
  }
  throw refusal(place, `a MAC of ${algorithm} cannot have ${bits} bits`);
}

function parseSecret({ text, place }: Token): Uint8Array {
  try {
    const secret = Uint8Array.fromBase64(text);
    if (secret.length > 0) return secret;
  } catch {
    // Told below: the runtime's own words would say less.
  }
  throw refusal(place, 'the secret is not written in base64: make one by "tsig-keygen NAME."');
}

function refusal(place: Place, what: string): ZoneFileError {
  return new ZoneFileError(place, what, CLAUSE);
}

/** A key as its file has it. */
export function formatTsigKey({ name, algorithm, secret, macOctets }: TsigKey): string {
  const bits = macOctets === MAC_OCTETS[algorithm] ? '' : `-${macOctets * 8}`;
  return `key "${formatName(name)}" {\n\talgorithm ${algorithm}${bits};\n\tsecret "${secret.toBase64()}";\n};\n`;
}
