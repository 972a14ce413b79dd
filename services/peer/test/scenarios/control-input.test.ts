import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ZodError } from 'zod';
import { LECTURE, type Member, until, World } from './world.ts';

/** What the control API is asked by people: each mistake gets a sentence that names the field, and changes nothing. */

const TORRENT_FILE = readFileSync(LECTURE).toString('base64');

let world: World;
let seed: Member;

beforeAll(async () => {
  world = new World();
  await world.startWeb();
  seed = await world.startSeed();
  await until(() => seed.state().complete === true, 'the seed is ready');
});

afterAll(() => world.stop());

/** What the control API answers with status 400. */
async function whyRefused(action: string, input: object): Promise<string> {
  try {
    await seed.running.actions?.[action]?.run(input);
    return 'it is not refused';
  } catch (error) {
    if (error instanceof ZodError) return error.issues.map(({ message }) => message).join('; ');
    expect(error).toMatchObject({ statusCode: 400 });
    return (error as Error).message;
  }
}

test.each<[string, object, string]>([
  ['limits', { uploadBytesPerS: -5 }, '"uploadBytesPerS" is a whole number of octets per second'],
  ['limits', { downloadBytesPerS: '1M' }, '"downloadBytesPerS" is a whole number of octets per second'],
  ['limits', { upload: 5 }, 'Unrecognized key: "upload"'],
  ['policies', { pickPolicy: 'best' }, '"pickPolicy" is one of rarest, random, sequential'],
  ['policies', { chokePolicy: null }, '"chokePolicy" is one of tit-for-tat, none'],
  ['policies', { seedPolicy: 'slowest' }, '"seedPolicy" is one of round-robin, fastest'],
  ['policies', { superSeeds: 'yes' }, '"superSeeds" is true or false'],
  ['policies', { uploadSlots: 0 }, '"uploadSlots" is a whole number from 1 to'],
  ['files', { files: [-1] }, '"files" are numbers of files, from 0 on'],
  ['files', { files: '0' }, '"files" are numbers of files, from 0 on'],
  ['files', { files: [1] }, 'There is no file 1: the torrent has 1, from 0 on'],
  ['add', { torrentFile: '***' }, '"torrentFile" is a .torrent file in base64'],
  ['add', { torrentFile: 'ZDg6' }, 'This is no torrent that can be used: '],
  ['add', { torrentFile: TORRENT_FILE, files: [0, 1] }, 'There is no file 1: the torrent has 1, from 0 on'],
  ['add', { source: 7 }, '"source" is a URL or a magnet link'],
  ['remove', {}, 'say which torrent: its info hash'],
  ['show', { torrent: 'x' }, 'There is no torrent x here'],
])('%s with %j is refused in words', async (action, input, sentence) => {
  const { policy, limits, files } = seed.state();
  expect(await whyRefused(action, input)).toContain(sentence);
  expect(seed.state()).toMatchObject({ policy, limits, files, torrents: { length: 1 } });
});
