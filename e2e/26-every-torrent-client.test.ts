import { hash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { formatHash } from '#shared/bittorrent/info-hash.ts';
import { decodeMetainfo } from '#shared/bittorrent/metainfo.ts';
import { act, advanceClock, lab, stateOf, until } from './kit/lab-under-test.ts';
import {
  areThere,
  type Corner,
  corner,
  END_CLIENT,
  inFolder,
  MKTORRENT,
  NOTE_CLIENT,
  OPENTRACKER,
  TORRENT_CLIENTS,
  type TorrentClient,
} from './kit/torrent-clients.ts';
import { onWorkstation } from './kit/workstation.ts';

/**
 * The BitTorrent clients that people really have, on the workstation: each fetches the lecture from our peers, and gives our
 * peers a file that it has alone; by our tracker and by opentracker, over HTTP and over UDP; and all of them share one swarm.
 */

const OURS = ['seed', 'peer-1', 'peer-2', 'peer-3', 'peer-4'] as const;
const { aria2, libtorrent, qbittorrent, rtorrent, transmission } = TORRENT_CLIENTS;
const CLIENTS = [aria2, libtorrent, qbittorrent, rtorrent, transmission];
const TRACKER = 'tracker.topdown.org:6969';
/** Octets of the files that clients have alone: no whole number of pieces, nor of blocks. */
const OCTETS = 1_500_001;
/** More than the two intervals after which the tracker forgets a silent peer, in milliseconds of lab time. */
const FORGOTTEN_MS = 90_000;
/** How often our peers are told to ask the tracker where nobody else dials, in milliseconds. */
const ASK_MS = 1_000;

interface PeerState {
  readonly complete?: boolean;
  readonly sha256?: string | null;
  readonly magnet?: string;
  readonly length?: number;
  readonly exchanged?: readonly { readonly address: string; readonly uploaded: number; readonly downloaded: number }[];
  readonly torrents: readonly { readonly torrent: string }[];
}

let lecture: { readonly sha256: string; readonly length: number; readonly magnet: string; readonly torrent: string };

beforeAll(async () => {
  const { sha256, length, magnet } = await until('the seed has made the lecture', async () => {
    const state = await stateOf<PeerState>('seed');
    return typeof state.sha256 === 'string' && state;
  });
  const url = 'http://www.someschool.edu/torrents/lecture.torrent';
  const torrent = await onWorkstation(['sh', '-c', `curl -fsS --noproxy '*' ${url} | base64 -w0`]);
  lecture = { sha256: sha256 ?? '', length: length ?? 0, magnet: magnet ?? '', torrent };
});

/** No peer has a torrent besides the lecture when a test ends, however it ends. */
afterEach(async () => {
  for (const peer of OURS) {
    const { torrents } = await stateOf<PeerState>(peer);
    for (const { torrent } of torrents.slice(1)) await act(peer, 'remove', { torrent, removeFiles: true });
  }
});

/** The tracker forgets those that have left without a word, so that other journeys find the members of the lab and nobody else. */
afterAll(async () => {
  await advanceClock(FORGOTTEN_MS);
  await until('the lecture has no members but ours', async () => {
    const { swarms } = await stateOf<{ swarms: readonly { infoHash: string; peers: readonly unknown[] }[] }>('tracker');
    return swarms.find(({ infoHash }) => lecture.magnet.includes(infoHash))?.peers.length === OURS.length;
  });
});

/** Octets that our peers have given to an address, and taken from it, in the torrent of the lecture. */
async function exchangedWith(address: string): Promise<{ given: number; taken: number }> {
  const states = await Promise.all(OURS.map((peer) => stateOf<PeerState>(peer)));
  const rows = states.flatMap(({ exchanged }) => exchanged ?? []).filter((row) => row.address === address);
  return {
    given: rows.reduce((sum, { uploaded }) => sum + uploaded, 0),
    taken: rows.reduce((sum, { downloaded }) => sum + downloaded, 0),
  };
}

/**
 * Transmission takes no address of 127/8 from a tracker, but lets such peers in: where the lab is embedded ours have to hear of
 * it, and dial.
 */
function whileOursAsk<Result>(client: TorrentClient, work: Promise<Result>): Promise<Result> {
  if (lab.form === 'containers' || client !== transmission) return work;
  const asks = setInterval(() => void act('seed', 'announce').catch(() => {}), ASK_MS);
  return work.finally(() => clearInterval(asks));
}

/** Lines that wait until a client has the file of this hash. */
const untilWhole = (file: string, sha256: string) =>
  `until [ "$(sha256sum <${file} 2>/dev/null)" = "${sha256}  -" ]; do kill -0 $client; sleep 0.2; done; echo whole`;

function fetchLecture(client: TorrentClient, at: Corner, part: 'leech' | 'magnet'): Promise<string> {
  const lines = [client.start(at, part, 'http'), NOTE_CLIENT, untilWhole('lecture.bin', lecture.sha256), END_CLIENT];
  const magnet = Buffer.from(lecture.magnet).toString('base64');
  return inFolder(`fetch-${at.port}`, { 't.torrent': lecture.torrent, magnet }, lines.join('\n'));
}

/** What a client on the workstation has alone. */
interface Given {
  readonly name: string;
  readonly sha256: string;
  readonly infoHash: string;
  /** The .torrent file in base64. */
  readonly torrentFile: string;
  readonly magnet: string;
}

/**
 * Starts a client with a file that it has alone, which `announce` is told of; `before` are lines that come before it. Calls
 * `share` when the .torrent file is there, and ends the client when that is done.
 */
async function whileSeeding(
  client: TorrentClient,
  { at, announce, before = '' }: { at: Corner; announce: string; before?: string },
  share: (given: Given) => Promise<void>,
): Promise<void> {
  const folder = `give-${at.port}`;
  const name = `of-${client.name}-${at.port}.bin`;
  const lines = [
    `head -c ${OCTETS} /dev/urandom >${name}`,
    `mktorrent -l 16 -a ${announce} -o made ${name} >mktorrent.log`,
    'mv made t.torrent',
    before,
    client.start(at, 'seed', announce.startsWith('udp:') ? 'udp' : 'http'),
    NOTE_CLIENT,
    'while [ ! -e over ]; do kill -0 $client; sleep 0.2; done',
    END_CLIENT,
  ];
  const seeding = inFolder(folder, {}, lines.join('\n'));
  // What goes wrong while it is shared is told first; what the client said then, it says for nobody.
  seeding.catch(() => {});
  const inside = (script: string) => onWorkstation(['sh', '-c', `cd /tmp/${folder} && ${script}`]);
  const torrentFile = await until('the .torrent file is made', () =>
    inside('test -e t.torrent && base64 -w0 t.torrent'),
  );
  const [sha256 = ''] = (await inside(`sha256sum <${name}`)).split(' ');
  const { infoHash } = decodeMetainfo(Buffer.from(torrentFile, 'base64'), (octets) => hash('sha1', octets, 'buffer'));
  const magnet = `magnet:?xt=urn:btih:${formatHash(infoHash)}&tr=${encodeURIComponent(announce)}`;
  try {
    await share({ name, sha256, infoHash: formatHash(infoHash), torrentFile, magnet });
  } finally {
    await inside('touch over');
    await seeding;
  }
}

/** Two of our peers fetch a file that a client has alone: by its .torrent file, or by its magnet link. */
async function oursFetch({ sha256, infoHash, torrentFile, magnet, name }: Given, by: 'file' | 'magnet'): Promise<void> {
  const peers = ['peer-1', 'peer-3'] as const;
  for (const peer of peers) await act(peer, 'add', by === 'file' ? { torrentFile } : { source: magnet });
  for (const peer of peers) {
    const found = await until(`${peer} has ${name}`, async () => {
      const state = await act<PeerState>(peer, 'show', { torrent: infoHash });
      return state.complete === true && typeof state.sha256 === 'string' && state.sha256;
    });
    expect(found).toBe(sha256);
  }
}

describe.each(CLIENTS)('$name', (client) => {
  const nth = CLIENTS.indexOf(client);

  test('BT-02 fetches the lecture from our peers, octet for octet', async ({ skip }) => {
    if (!(await areThere(client.isThere))) skip();
    const at = corner(nth);
    const before = await exchangedWith(at.address);
    expect(await whileOursAsk(client, fetchLecture(client, at, 'leech'))).toContain('whole');
    await expect
      .poll(async () => (await exchangedWith(at.address)).given - before.given)
      .toBeGreaterThanOrEqual(lecture.length);
  });

  test('gives our peers a file that it has alone, found by our tracker over HTTP', async ({ skip }) => {
    if (!(await areThere(client.isThere, MKTORRENT))) skip();
    const announce = `http://${TRACKER}/announce`;
    await whileSeeding(client, { at: corner(10 + nth), announce }, (given) => oursFetch(given, 'file'));
  });
});

test.for([aria2, libtorrent])(
  '$name and our peers find each other by our tracker over UDP',
  async (client, { skip }) => {
    if (!(await areThere(client.isThere, MKTORRENT))) skip();
    const announce = `udp://${TRACKER}`;
    await whileSeeding(client, { at: corner(20 + CLIENTS.indexOf(client)), announce }, (given) =>
      oursFetch(given, 'file'),
    );
  },
);

describe('magnet links', () => {
  test('our peers get the metadata from libtorrent, and then the file', async ({ skip }) => {
    if (!(await areThere(libtorrent.isThere, MKTORRENT))) skip();
    const announce = `http://${TRACKER}/announce`;
    await whileSeeding(libtorrent, { at: corner(26), announce }, (given) => oursFetch(given, 'magnet'));
  });

  test('libtorrent gets the metadata of the lecture from our peers, and then the file', async ({ skip }) => {
    if (!(await areThere(libtorrent.isThere))) skip();
    expect(await fetchLecture(libtorrent, corner(27), 'magnet')).toContain('whole');
  });
});

describe('opentracker', () => {
  test.for(['http', 'udp'])('leads our peers to a seed and to each other, over %s', async (way, { skip }) => {
    if (!(await areThere(OPENTRACKER, MKTORRENT, aria2.isThere, libtorrent.isThere))) skip();
    const at = corner(way === 'http' ? 28 : 29);
    const endpoint = `${at.address}:${at.port + 1_000}`;
    // Debian's serves only torrents that are listed.
    const before = `mkdir ot; cat >ot.conf <<.
listen.tcp_udp ${endpoint}
access.whitelist wl.txt
tracker.rootdir $PWD/ot
tracker.user nobody
.
python3 -c "import hashlib; d = open('t.torrent', 'rb').read(); print(hashlib.sha1(d[d.index(b'4:info') + 6:-1]).hexdigest())" >ot/wl.txt
chmod -R a+rX .
opentracker -f ot.conf >opentracker.log 2>&1 & tracker=$!; echo $tracker >>started
until curl -s -o /dev/null --noproxy '*' http://${endpoint}/; do kill -0 $tracker; sleep 0.1; done`;
    const announce = way === 'http' ? `http://${endpoint}/announce` : `udp://${endpoint}`;
    await whileSeeding(way === 'http' ? aria2 : libtorrent, { at, announce, before }, (given) =>
      oursFetch(given, 'file'),
    );
  });
});

test('BT-03, P2P-04 four clients of the field and four of our peers get the lecture from one seed, and from each other', async () => {
  const clients: TorrentClient[] = [];
  for (const client of [aria2, libtorrent, rtorrent, transmission]) {
    if (await areThere(client.isThere)) clients.push(client);
  }
  const peers = OURS.slice(1);
  await Promise.all(peers.map((peer) => act(peer, 'start-over')));
  const told = await Promise.all(
    clients.map((client, nth) => whileOursAsk(client, fetchLecture(client, corner(30 + nth), 'leech'))),
  );
  expect(told.map((words) => words.includes('whole'))).toEqual(clients.map(() => true));
  await until('all of ours have it too', async () => {
    const states = await Promise.all(peers.map((peer) => stateOf<PeerState>(peer)));
    return states.every(({ sha256 }) => sha256 === lecture.sha256);
  });
});
