import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { encodeHandshake, HANDSHAKE_OCTETS, HandshakeStream } from '../handshake.ts';
import { formatPeerId, newPeerId } from '../info-hash.ts';
import {
  encodePeerMessage,
  type PeerMessage,
  PeerMessageStream,
  PIECE_MESSAGE_HEAD_OCTETS,
  writePieceHead,
} from '../peer-message.ts';
import { PieceSet } from '../piece-set.ts';

const PIECES = 10;

/** The messages that `chunks` make, each copied before the next one uses its memory again. */
function decoded(stream: PeerMessageStream, ...chunks: Uint8Array[]): PeerMessage[] {
  return chunks.flatMap((chunk) => Array.from(stream.push(chunk), (message) => structuredClone(message)));
}

/** Each message beside its octets. */
const MESSAGES: [PeerMessage, number[]][] = [
  [{ kind: 'keep-alive' }, [0, 0, 0, 0]],
  [{ kind: 'choke' }, [0, 0, 0, 1, 0]],
  [{ kind: 'unchoke' }, [0, 0, 0, 1, 1]],
  [{ kind: 'interested' }, [0, 0, 0, 1, 2]],
  [{ kind: 'not interested' }, [0, 0, 0, 1, 3]],
  [{ kind: 'have', index: 258 }, [0, 0, 0, 5, 4, 0, 0, 1, 2]],
  [{ kind: 'bitfield', bits: Uint8Array.of(0xff, 0xc0) }, [0, 0, 0, 3, 5, 0xff, 0xc0]],
  [
    { kind: 'request', index: 1, begin: 0x4000, length: 0x4000 },
    [0, 0, 0, 13, 6, 0, 0, 0, 1, 0, 0, 0x40, 0, 0, 0, 0x40, 0],
  ],
  [{ kind: 'piece', index: 1, begin: 2, block: Uint8Array.of(7, 8) }, [0, 0, 0, 11, 7, 0, 0, 0, 1, 0, 0, 0, 2, 7, 8]],
  [
    { kind: 'cancel', index: 0xffffffff, begin: 0, length: 1 },
    [0, 0, 0, 13, 8, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 1],
  ],
  [{ kind: 'suggest', index: 1 }, [0, 0, 0, 5, 13, 0, 0, 0, 1]],
  [{ kind: 'have all' }, [0, 0, 0, 1, 14]],
  [{ kind: 'have none' }, [0, 0, 0, 1, 15]],
  [{ kind: 'reject', index: 1, begin: 2, length: 3 }, [0, 0, 0, 13, 16, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]],
  [{ kind: 'allowed fast', index: 1 }, [0, 0, 0, 5, 17, 0, 0, 0, 1]],
  [{ kind: 'extended', id: 3, payload: Uint8Array.of(0x64, 0x65) }, [0, 0, 0, 4, 20, 3, 0x64, 0x65]],
  [{ kind: 'extended', id: 0, payload: new Uint8Array() }, [0, 0, 0, 2, 20, 0]],
  [{ kind: 'unknown', id: 9 }, [0, 0, 0, 1, 9]],
];

const ALL = Uint8Array.from(MESSAGES.flatMap(([, octets]) => octets));

test.each(MESSAGES)('%j has the octets of BEP 3, BEP 6 or BEP 10', (message, octets) => {
  expect(encodePeerMessage(message)).toEqual(Uint8Array.from(octets));
});

test('a stream is decoded the same wherever it is cut', () => {
  const expected = MESSAGES.map(([message]) => message);
  for (let cut = 0; cut <= ALL.length; cut++) {
    const stream = new PeerMessageStream(PIECES);
    const messages = decoded(stream, ALL.subarray(0, cut), ALL.subarray(cut));
    expect(messages).toEqual(expected);
    expect(stream.waitingOctets).toBe(0);
  }
  const oneByOne = new PeerMessageStream(PIECES);
  expect(decoded(oneByOne, ...Array.from(ALL, (octet) => Uint8Array.of(octet)))).toEqual(expected);
});

describe('a message whose length is impossible is refused from its head', () => {
  test.each([
    ['a length of 2^32-1', [255, 255, 255, 255]],
    ['a length of 2 MiB', [0, 0x20, 0, 0, 5]],
    ['a bitfield of the wrong length', [0, 0, 0, 4, 5]],
    ['a choke with a payload', [0, 0, 0, 2, 0]],
    ['a have of four octets', [0, 0, 0, 4, 4]],
    ['a request of twelve octets', [0, 0, 0, 12, 6]],
    ['a piece without a block', [0, 0, 0, 9, 7]],
    ['a suggest of two pieces', [0, 0, 0, 9, 13]],
    ['have all with a payload', [0, 0, 0, 2, 14]],
    ['a reject of twelve octets', [0, 0, 0, 12, 16]],
    ['an allowed fast of nothing', [0, 0, 0, 1, 17]],
    ['an extended message without an id', [0, 0, 0, 1, 20]],
    ['an extended message of 32 KiB and one octet', [0, 0, 0x80, 1, 20]],
  ])('%s', (_, head) => {
    expect(() => [...new PeerMessageStream(PIECES).push(Uint8Array.from(head))]).toThrow(ProtocolViolation);
    const slowly = new PeerMessageStream(PIECES);
    expect(() => head.flatMap((octet) => [...slowly.push(Uint8Array.of(octet))])).toThrow(ProtocolViolation);
  });
});

test('numbers above 2^31 are not negative, at any place of a chunk', () => {
  const message: PeerMessage = { kind: 'request', index: 0xfffffffe, begin: 0x80000000, length: 0x7fffffff };
  const twice = Uint8Array.of(...encodePeerMessage({ kind: 'choke' }), ...encodePeerMessage(message));
  expect(decoded(new PeerMessageStream(PIECES), twice)).toEqual([{ kind: 'choke' }, message]);
});

test('a long message takes memory as it comes, not as it was announced', () => {
  const block = new Uint8Array(128 * 1024).map((_, at) => at % 251);
  const octets = encodePeerMessage({ kind: 'piece', index: 1, begin: 2, block });
  const before = process.memoryUsage().arrayBuffers;
  const streams = Array.from({ length: 300 }, () => new PeerMessageStream(PIECES));
  for (const stream of streams) expect(decoded(stream, octets.subarray(0, 20))).toEqual([]);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(300 * 64 * 1024);
  const [stream] = streams;
  const rest = Array.from({ length: 40 }, (_, nth) => octets.subarray(20 + nth * 4_000, 20 + (nth + 1) * 4_000));
  expect(stream && decoded(stream, ...rest)).toEqual([{ kind: 'piece', index: 1, begin: 2, block }]);
});

test('a bitfield of a million pieces may be longer than any other message', () => {
  const pieces = new PieceSet(2_000_000);
  const octets = encodePeerMessage({ kind: 'bitfield', bits: pieces.encode() });
  expect([...new PeerMessageStream(2_000_000).push(octets)]).toHaveLength(1);
  expect(() => [...new PeerMessageStream(PIECES).push(octets)]).toThrow(ProtocolViolation);
});

test('while the metadata is unknown a bitfield may have any length up to that of a block, and afterwards one', () => {
  const stream = new PeerMessageStream(null);
  expect(decoded(stream, Uint8Array.of(0, 0, 0, 2, 5, 0xff))).toEqual([
    { kind: 'bitfield', bits: Uint8Array.of(0xff) },
  ]);
  expect(() => [...new PeerMessageStream(null).push(Uint8Array.of(0, 2, 0, 10, 5))]).toThrow(ProtocolViolation);
  stream.pieceCount = PIECES;
  expect(() => [...stream.push(Uint8Array.of(0, 0, 0, 2, 5, 0xff))]).toThrow(ProtocolViolation);
});

test('arbitrary octets are messages or a violation, however they are cut', () => {
  const shortHead = fc.tuple(
    fc.integer({ min: 0, max: 20 }),
    fc.integer({ min: 0, max: 21 }),
    fc.uint8Array({ maxLength: 30 }),
  );
  const input = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    shortHead.map(([length, id, rest]) => Uint8Array.of(0, 0, 0, length, id, ...rest)),
  );
  const decode = (chunks: Uint8Array[]) => {
    const stream = new PeerMessageStream(PIECES);
    const messages: PeerMessage[] = [];
    try {
      for (const chunk of chunks) for (const message of stream.push(chunk)) messages.push(structuredClone(message));
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolViolation);
      return { messages, refused: true };
    }
    return { messages, refused: false };
  };
  fc.assert(
    fc.property(input, fc.nat(80), (octets, cut) => {
      expect(decode([octets.subarray(0, cut), octets.subarray(cut)])).toEqual(decode([octets]));
    }),
    { numRuns: 1000 },
  );
});

test('the head of a piece is written in front of a block that is already in place', () => {
  const block = Uint8Array.of(1, 2, 3);
  const octets = new Uint8Array(PIECE_MESSAGE_HEAD_OCTETS + block.length);
  octets.set(block, PIECE_MESSAGE_HEAD_OCTETS);
  writePieceHead(octets, 5, 0x8000);
  expect(octets).toEqual(encodePeerMessage({ kind: 'piece', index: 5, begin: 0x8000, block }));
});

describe('the handshake', () => {
  const infoHash = new Uint8Array(20).fill(0xaa);
  const peerId = newPeerId(() => 0);

  test('has 68 octets and is read wherever it is cut', () => {
    const octets = encodeHandshake({ infoHash, peerId });
    expect(octets).toHaveLength(HANDSHAKE_OCTETS);
    const followed = Uint8Array.of(...octets, 1, 2, 3);
    for (let cut = 0; cut < followed.length; cut++) {
      const stream = new HandshakeStream();
      const first = stream.push(followed.subarray(0, cut));
      const whole = first ?? stream.push(followed.subarray(cut));
      expect(whole?.handshake).toEqual({ infoHash, peerId, reserved: new Uint8Array(8) });
      expect(whole?.rest).toEqual(
        followed.subarray(
          first === null ? Math.max(cut, HANDSHAKE_OCTETS) : HANDSHAKE_OCTETS,
          first === null ? undefined : cut,
        ),
      );
    }
  });

  test('of another protocol is refused at its first strange octet', () => {
    expect(() => new HandshakeStream().push(new TextEncoder().encode('GET / HTTP/1.1'))).toThrow(ProtocolViolation);
    const stream = new HandshakeStream();
    stream.push(Uint8Array.of(19));
    expect(() => stream.push(new TextEncoder().encode('Bittorrent'))).toThrow('offset 4');
  });

  test('carries a peer id that says which program it is (BEP 20)', () => {
    expect(formatPeerId(newPeerId(Math.random))).toMatch(/^-TD0100-[0-9a-z]{12}$/);
    expect(formatPeerId(Uint8Array.of(0x00, 0x41))).toBe('%00A');
  });
});

describe('a set of pieces', () => {
  test('is written high bit first, with spare bits of zero', () => {
    const set = new PieceSet(10);
    expect([0, 9, 9, 10].map((index) => set.add(index))).toEqual([true, true, false, false]);
    expect(set.encode()).toEqual(Uint8Array.of(0x80, 0x40));
    expect([...PieceSet.decode(set.encode(), 10)]).toEqual([0, 9]);
    expect(set.size).toBe(2);
  });

  test.each([
    ['too short', [0xff]],
    ['too long', [0xff, 0xc0, 0]],
    ['with a spare bit set', [0xff, 0xe0]],
  ])('%s is refused', (_, bits) => {
    expect(() => PieceSet.decode(Uint8Array.from(bits), 10)).toThrow(ProtocolViolation);
  });
});
