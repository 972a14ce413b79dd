import { afterEach, beforeEach, expect, test } from 'vitest';
import { startControl } from '#shared/host/control.ts';
import type { Member } from '../scenarios/world.ts';
import { World } from '../scenarios/world.ts';
import { someTorrent } from '../store/some-torrent.ts';

let world: World;
let member: Member;
let stopControl: () => Promise<void>;
let url: string;

beforeEach(async () => {
  world = new World();
  member = await world.startPeer('peer-1', '31.1', { TORRENT_URL: '' });
  stopControl = await startControl(member.host, 'peer', member.running);
  url = `http://${member.host.address}:9000`;
});

afterEach(async () => {
  await stopControl();
  await world.stop();
});

async function post(path: string, body: string, fields: Record<string, string> = {}): Promise<[number, string]> {
  const headers = { 'content-type': 'application/json', ...fields };
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, body });
  return [response.status, await response.text()];
}

const { octets, metainfo } = someTorrent('notes.txt', { '': 40_000 }, { pieceLength: 16_384 });
const torrentFile = Buffer.from(octets).toString('base64');

test.each<[string, Record<string, string>]>([
  ['another origin', { origin: 'http://evil.example' }],
  ['no origin at all, as a sandboxed frame has', { origin: 'null' }],
])('a page of %s adds no torrent', async (_, fields) => {
  expect((await post('/actions/add', JSON.stringify({ torrentFile }), fields))[0]).toBe(403);
  expect((member.running.state() as { torrents: unknown[] }).torrents).toEqual([]);
});

test('what a form can send without asking is no JSON, and is not done', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const [status] = await post('/actions/add', JSON.stringify({ torrentFile }), { 'content-type': type });
    expect([400, 403, 415]).toContain(status);
  }
  expect((member.running.state() as { torrents: unknown[] }).torrents).toEqual([]);
});

test.each<[string, string, string, number]>([
  ['JSON that is cut off', '/actions/add', '{"source": ', 400],
  ['no object', '/actions/add', '[]', 400],
  ['neither source nor file', '/actions/add', '{}', 400],
  ['both', '/actions/add', JSON.stringify({ source: 'http://a/', torrentFile }), 400],
  ['a file of this machine', '/actions/add', '{"source":"file:///etc/passwd"}', 400],
  ['a file that is no torrent', '/actions/add', '{"torrentFile":"AAAA"}', 400],
  ['a file that is no base64', '/actions/add', '{"torrentFile":"%%%"}', 400],
  ['a magnet link without a hash', '/actions/add', '{"source":"magnet:?dn=x"}', 400],
  ['a number that is no file', '/actions/files', '{"files":[-1]}', 400],
  ['a name that leads up', '/actions/remove', '{"torrent":"../../etc","removeFiles":true}', 400],
  ['a name of all objects', '/actions/remove', '{"torrent":"__proto__"}', 400],
  ['no name', '/actions/remove', '{"removeFiles":true}', 400],
  ['a limit below zero', '/actions/limits', '{"uploadBytesPerS":-1}', 400],
  ['a limit beyond all', '/actions/limits', '{"uploadBytesPerS":1e300}', 400],
  ['half a slot', '/actions/policies', '{"uploadSlots":0.5}', 400],
  ['a policy that nobody knows', '/actions/policies', '{"pickPolicy":"rarest; drop table"}', 400],
  ['an action of all objects', '/actions/__proto__', '{}', 404],
  ['an action that leads up', '/actions/..%2f..%2fstate', '{}', 404],
])('%s: refused in a sentence, and nothing is done', async (_, path, body, expected) => {
  await post('/actions/add', JSON.stringify({ torrentFile }));
  const [status, text] = await post(path, body);
  expect({ status, text }).toMatchObject({ status: expected });
  expect(JSON.parse(text).error).toMatch(/^\S.{5,}/);
  const { torrents } = member.running.state() as { torrents: { torrent: string; name: string }[] };
  expect(torrents.map(({ name }) => name)).toEqual([metainfo.info.name]);
});
