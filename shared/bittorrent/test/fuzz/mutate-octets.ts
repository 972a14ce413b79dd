import type { Random } from '#shared/http/test/fuzz/random.ts';

const HOSTILE_TEXTS = [
  ...[
    'i-0e',
    'i007e',
    'i9223372036854775808e',
    'l-3:e',
    'le',
    'de',
    'e',
    'd',
    'l',
    'i',
    ':',
    '-1:',
    '0:',
    '4294967295:x',
  ],
  ...['99999999999999:a', '9:__proto__de', 'd1:ai1e1:ai2ee', 'd1:bi1e1:ai1ee', '%00', '%', '%zz', '&', '=', '\0'],
  'l'.repeat(300),
  'd1:a'.repeat(100),
];
/** What tends to hurt a reader of bencode, of lengths and of numbers. */
const HOSTILE: readonly Uint8Array[] = [
  ...[0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x2_0009].map(bigEndian),
  ...HOSTILE_TEXTS.map((text) => Buffer.from(text, 'latin1')),
];
const OCTETS_MAX = 40_000;

/** `octets` with some changes: octets that are others, gone, there twice, or hostile. */
export function mutateOctets(octets: Uint8Array, random: Random, changesMax: number): Uint8Array {
  let changed = Buffer.from(octets);
  for (let left = 1 + random.below(changesMax); left > 0; left -= 1) changed = change(changed, random);
  return changed.subarray(0, OCTETS_MAX);
}

function change(octets: Buffer, random: Random): Buffer<ArrayBuffer> {
  const at = random.below(octets.length + 1);
  const end = Math.min(octets.length, at + 1 + random.below(20));
  const [before, behind] = [octets.subarray(0, at), octets.subarray(at)];
  switch (random.below(7)) {
    case 0:
      return Buffer.concat([before, Buffer.of(random.below(256)), behind.subarray(1)]);
    case 1:
      return Buffer.concat([before, octets.subarray(end)]);
    case 2:
      return Buffer.concat([before, octets.subarray(at, end), behind]);
    case 3:
      return Buffer.concat([before, random.pick(HOSTILE), behind]);
    case 4:
      return Buffer.concat([before, random.pick(HOSTILE), behind.subarray(4)]);
    case 5:
      return Buffer.from(before);
    default: {
      const other = random.below(octets.length + 1);
      return Buffer.concat([before, octets.subarray(other, other + random.below(60)), behind]);
    }
  }
}

function bigEndian(number: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(number);
  return octets;
}
