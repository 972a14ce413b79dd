import fc from 'fast-check';
import { expect, test } from 'vitest';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { encodeReserved } from '#shared/bittorrent/handshake.ts';
import { BLOCK_OCTETS, type PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import { encodeUtMetadata } from '#shared/bittorrent/ut-metadata.ts';
import { encodePex } from '#shared/bittorrent/ut-pex.ts';
import { MetadataExchange } from '../../src/protocol/metadata-exchange.ts';
import type { Acquaintance } from '../../src/protocol/neighbour.ts';
import { POLICY_START } from '../../src/protocol/policy.ts';
import { Swarm } from '../../src/protocol/swarm.ts';
import { seededRandom } from './seeded-random.ts';
import { sha1, TEST_TORRENT } from './test-torrent.ts';

/** Four pieces, the last one short. */
const GRID = { pieceCount: 4, pieceLength: 2 * BLOCK_OCTETS, length: 7 * BLOCK_OCTETS + 100 };
const NEIGHBOURS = 3;
const OFFERS = ['extensions', 'fast'] as const;

/** Numbers at which something could go wrong. */
const number = fc.constantFrom(
  0,
  1,
  2,
  3,
  4,
  100,
  BLOCK_OCTETS - 1,
  BLOCK_OCTETS,
  BLOCK_OCTETS + 1,
  2 ** 31,
  2 ** 32 - 1,
);
const block = fc.record({ index: number, begin: number, length: number });
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc
    .constantFrom('de', 'd1:md11:ut_metadatai3e6:ut_pexi4ee13:metadata_sizei100ee', 'd1:md6:ut_pexi0eee')
    .map(octetsOfKey),
  number.map((piece) => encodeUtMetadata({ kind: 'request', piece })),
  number.map((piece) => encodeUtMetadata({ kind: 'reject', piece })),
  number.map((piece) => encodeUtMetadata({ kind: 'data', piece, totalSize: 100, octets: new Uint8Array(100) })),
  fc.constant(encodePex({ added: [], dropped: [] })),
);
const message: fc.Arbitrary<PeerMessage> = fc.oneof(
  fc
    .constantFrom('keep-alive', 'choke', 'unchoke', 'interested', 'not interested', 'have all', 'have none')
    .map((kind) => ({ kind }) as PeerMessage),
  fc
    .tuple(fc.constantFrom('have', 'suggest', 'allowed fast'), number)
    .map(([kind, index]) => ({ kind, index }) as PeerMessage),
  fc.uint8Array({ minLength: 1, maxLength: 1 }).map((bits): PeerMessage => ({ kind: 'bitfield', bits })),
  fc
    .tuple(fc.constantFrom('request', 'cancel', 'reject'), block)
    .map(([kind, what]) => ({ kind, ...what }) as PeerMessage),
  fc
    .record({ index: number, begin: number, length: fc.constantFrom(1, 100, BLOCK_OCTETS, 2 * BLOCK_OCTETS) })
    .map(({ length, ...at }): PeerMessage => ({ kind: 'piece', ...at, block: new Uint8Array(length) })),
  fc.tuple(fc.nat(5), payload).map(([id, octets]): PeerMessage => ({ kind: 'extended', id, payload: octets })),
);
const event = fc.record({
  neighbour: fc.nat(NEIGHBOURS - 1),
  /** Which message, or that it comes, or goes. */
  what: fc.oneof({ weight: 20, arbitrary: message }, fc.constantFrom('come' as const, 'go' as const)),
  afterMs: fc.constantFrom(0, 0, 0, 1, 1_000, 61_000),
});
const events = fc.array(event, { maxLength: 60 });

function acquaintance(id: number): Acquaintance {
  const offers = id % NEIGHBOURS === 0 ? [] : OFFERS;
  const endpoint = { address: `10.53.0.${1 + (id % NEIGHBOURS)}`, port: 6881 };
  return { id, endpoint, peerId: new Uint8Array(20), isDialled: true, reserved: encodeReserved(offers) };
}

test('whatever neighbours say, in whatever order, the swarm asks for nothing that it has and gives nothing that it lacks', () => {
  fc.assert(
    fc.property(events, fc.boolean(), (happened, hasSome) => {
      const have = new PieceSet(GRID.pieceCount);
      if (hasSome) for (const index of [0, 3]) have.add(index);
      const swarm = new Swarm({
        grid: GRID,
        have,
        neighboursMax: NEIGHBOURS,
        role: 'ordinary',
        ...POLICY_START,
        ...TEST_TORRENT,
        offers: OFFERS,
        uploadBytesPerS: 0,
        downloadBytesPerS: 0,
        random: seededRandom(1),
        now: 0,
      });
      let now = 0;
      let nextId = 0;
      const ids = new Map<number, number>();
      for (const { neighbour, what, afterMs } of happened) {
        now += afterMs;
        const id = ids.get(neighbour);
        const outputs = [...swarm.step({ kind: 'tick' }, now)];
        if (what === 'come' || id === undefined || !swarm.neighbours.has(id)) {
          if (id !== undefined) outputs.push(...swarm.step({ kind: 'closed', neighbour: id }, now));
          const next = nextId++ * NEIGHBOURS + neighbour;
          ids.set(neighbour, next);
          outputs.push(...swarm.step({ kind: 'connected', ...acquaintance(next) }, now));
        } else if (what === 'go') {
          outputs.push(...swarm.step({ kind: 'closed', neighbour: id }, now));
        } else {
          outputs.push(...swarm.step({ kind: 'message', from: id, message: what }, now));
        }
        for (const output of outputs) {
          if (output.kind === 'send' && output.message.kind === 'request')
            expect(have.has(output.message.index)).toBe(false);
          if (output.kind === 'check') swarm.step({ kind: 'checked', index: output.piece.index, result: 'wrong' }, now);
        }
        for (let upload = swarm.nextUpload(now, () => true); upload; upload = swarm.nextUpload(now, () => true)) {
          expect(have.has(upload.block.index)).toBe(true);
          expect(upload.block.length).toBeLessThanOrEqual(BLOCK_OCTETS);
        }
        expect(swarm.neighbours.size).toBeLessThanOrEqual(NEIGHBOURS);
      }
    }),
    { numRuns: 500 },
  );
});

test('whatever neighbours say, nothing is taken for the metadata but what has the info hash', () => {
  fc.assert(
    fc.property(events, (happened) => {
      const infoHash = sha1(octetsOfKey('another'));
      const exchange = new MetadataExchange({ infoHash, own: TEST_TORRENT.own, offers: OFFERS, sha1 });
      let now = 0;
      const present = new Set<number>();
      for (const { neighbour, what, afterMs } of happened) {
        now += afterMs;
        const outputs = [...exchange.step({ kind: 'tick' }, now)];
        if (what === 'go') {
          present.delete(neighbour);
          outputs.push(...exchange.step({ kind: 'closed', neighbour }, now));
        } else if (what === 'come' || !present.has(neighbour)) {
          present.add(neighbour);
          outputs.push(...exchange.step({ kind: 'connected', ...acquaintance(neighbour) }, now));
        } else {
          outputs.push(...exchange.step({ kind: 'message', from: neighbour, message: what }, now));
        }
        for (const output of outputs) if (output.kind === 'close') present.delete(output.neighbour);
        expect(outputs.filter(({ kind }) => kind === 'metadata')).toEqual([]);
        for (const id of present) exchange.earlier(id);
      }
    }),
    { numRuns: 500 },
  );
});
