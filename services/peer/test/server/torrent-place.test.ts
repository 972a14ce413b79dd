import { describe, expect, test } from 'vitest';
import { TorrentPlace } from '../../src/server/torrent-place.ts';
import { someTorrent } from '../store/some-torrent.ts';

function placeOf(files: readonly number[] | null): TorrentPlace {
  return new TorrentPlace({ place: { folder: '/nowhere', mode: 'read' }, made: null, stateDir: '/nowhere', files });
}

const { metainfo } = someTorrent('album', { one: 10, two: 20, three: 30 });

describe('the files that are wanted', () => {
  test.each<[readonly number[] | null, readonly boolean[]]>([
    [null, [true, true, true]],
    [[], [false, false, false]],
    [
      [2, 0, 2],
      [true, false, true],
    ],
  ])('of %j are %j', (files, wanted) => {
    expect(placeOf(files).wanted(metainfo)).toEqual(wanted);
  });

  test('must be there, as soon as it is known which are', () => {
    const place = placeOf(null);
    place.choose([3], null);
    expect(() => place.refuseOtherFiles(metainfo)).toThrow('There is no file 3: the torrent has 3, from 0 on');
    expect(() => place.choose([7], metainfo)).toThrow(RangeError);
    expect(place.files).toEqual([3]);
  });

  test('are looked up in one pass, however many there are and however many numbers somebody gives', () => {
    let looks = 0;
    const numbers = new Proxy(
      Array.from({ length: 1_000 }, (_, nth) => nth % 3),
      {
        get: (target, key) => {
          if (typeof key === 'string' && /^\d+$/.test(key)) looks += 1;
          return Reflect.get(target, key) as unknown;
        },
      },
    );
    const many = someTorrent('many', Object.fromEntries(Array.from({ length: 500 }, (_, nth) => [`${nth}`, 1])));
    expect(placeOf(numbers).wanted(many.metainfo).filter(Boolean)).toHaveLength(3);
    expect(looks).toBe(1_000);
  });
});
