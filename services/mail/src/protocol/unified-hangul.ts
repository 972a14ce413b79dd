/**
 * Windows code page 949, which the Encoding Standard calls euc-kr: KS X 1001 has 2,350 syllables of Hangul, and the code page the
 * other 8,822 in their order, at pairs of octets that KS X 1001 leaves free. Node's decoder knows the first ones alone.
 */

const [FIRST_SYLLABLE, LAST_SYLLABLE] = [0xac00, 0xd7a3];
const ASCII_END = 0x80;
/** Octets from here on are those of KS X 1001. */
const STANDARD_FROM = 0xa1;
/** Rows and cells in which KS X 1001 has its syllables. */
const SYLLABLE_ROWS = [0xb0, 0xc8] as const;
const SYLLABLE_CELLS = [STANDARD_FROM, 0xfe] as const;
/** Rows of the other syllables: behind 0xa0 only the left half of a row is free. */
const FREE_ROWS = [0x81, 0xc6] as const;
const FREE_CELLS = [...upTo(0x41, 0x5a), ...upTo(0x61, 0x7a), ...upTo(0x81, 0xfe)];

/** Made when it is first needed: little mail has one of these syllables. */
let otherSyllables: ReadonlyMap<number, string> | null = null;

export function decodeUnifiedHangul(octets: Uint8Array): string {
  const decoder = new TextDecoder('euc-kr');
  const pieces: string[] = [];
  let from = 0;
  for (let at = 0; at < octets.length; ) {
    const [lead = 0, trail = 0] = [octets[at], octets[at + 1]];
    const isOther = lead > ASCII_END && (lead < STANDARD_FROM || trail < STANDARD_FROM);
    const syllable = isOther ? otherSyllable(lead, trail) : undefined;
    if (syllable !== undefined) {
      if (at > from) pieces.push(decoder.decode(octets.subarray(from, at)));
      pieces.push(syllable);
      from = at + 2;
    }
    // An octet of ASCII behind a wrong one stands for itself.
    at += syllable !== undefined || (lead >= ASCII_END && trail >= ASCII_END) ? 2 : 1;
  }
  return pieces.join('') + decoder.decode(octets.subarray(from));
}

function otherSyllable(lead: number, trail: number): string | undefined {
  otherSyllables ??= layOut();
  return otherSyllables.get(lead * 256 + trail);
}

/** The syllables that KS X 1001 has not, by their pairs of octets. */
function layOut(): Map<number, string> {
  const pairs = upTo(...SYLLABLE_ROWS).flatMap((row) => upTo(...SYLLABLE_CELLS).flatMap((cell) => [row, cell]));
  const standard = new Set(new TextDecoder('euc-kr').decode(Uint8Array.from(pairs)));
  const others = upTo(FIRST_SYLLABLE, LAST_SYLLABLE)
    .map((code) => String.fromCharCode(code))
    .filter((syllable) => !standard.has(syllable));
  const free = upTo(...FREE_ROWS).flatMap((row) =>
    FREE_CELLS.filter((cell) => row < STANDARD_FROM || cell < STANDARD_FROM).map((cell) => row * 256 + cell),
  );
  return new Map(others.map((syllable, index) => [free[index]!, syllable]));
}

function upTo(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
