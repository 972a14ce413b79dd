/** What a tracker knows, as plain JSON: for `GET /stats`, for its page, and for the observatory. */
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { formatHash, formatPeerId } from '#shared/bittorrent/info-hash.ts';
import type { Member } from './members.ts';
import type { Swarm, Swarms } from './swarms.ts';

/** Torrents that are shown, the largest first; peers of each, and of all together: some 500 KB of JSON. */
const TORRENTS_SHOWN_MAX = 100;
const PEERS_SHOWN_MAX = 500;
const PEERS_SHOWN_TOTAL_MAX = 2_000;

interface PeerStatistics {
  readonly address: string;
  readonly port: number;
  readonly peerId: string;
  /** Octets that it lacks; null when it did not say. */
  readonly left: number | null;
  readonly uploaded: number;
  readonly downloaded: number;
  readonly joinedMsAgo: number;
  readonly silentMs: number;
  /** How often another peer was told of it. */
  readonly told: number;
}

export interface TorrentStatistics {
  readonly infoHash: string;
  readonly complete: number;
  readonly incomplete: number;
  /** Those of the incomplete that are downloading; the others are partial seeds (BEP 21). */
  readonly downloaders: number;
  /** How often a peer has told that it had completed the download. */
  readonly downloaded: number;
  readonly peers: readonly PeerStatistics[];
  /** Peers that are not shown. */
  readonly peersLeftOut: number;
}

/** The largest torrents with their peers, in the order in which they joined; `leftOut` counts the torrents that are not shown. */
export function largestTorrents(swarms: Swarms, now: number): { torrents: TorrentStatistics[]; leftOut: number } {
  const all = [...swarms].sort((a, b) => b.members.size - a.members.size);
  let room = PEERS_SHOWN_TOTAL_MAX;
  const torrents = all.slice(0, TORRENTS_SHOWN_MAX).map((swarm) => {
    const torrent = torrentStatistics(swarm, now, Math.min(room, PEERS_SHOWN_MAX));
    room -= torrent.peers.length;
    return torrent;
  });
  return { torrents, leftOut: all.length - torrents.length };
}

export function torrentStatistics(swarm: Swarm, now: number, peersMax = PEERS_SHOWN_MAX): TorrentStatistics {
  const { members, downloaded, torrent } = swarm;
  const shown = [...members].sort(byJoining).slice(0, peersMax);
  return {
    infoHash: formatHash(octetsOfKey(torrent)),
    complete: members.complete,
    incomplete: members.incomplete,
    downloaders: members.downloaders,
    downloaded,
    peers: shown.map((member) => peerStatistics(member, now)),
    peersLeftOut: members.size - shown.length,
  };
}

/** Who joined first comes first; of those that joined at once each has the same place at every look. */
function byJoining(a: Member, b: Member): number {
  return a.joinedAt - b.joinedAt || a.address.localeCompare(b.address, 'en', { numeric: true }) || a.port - b.port;
}

function peerStatistics(member: Member, now: number): PeerStatistics {
  const { address, port, left, uploaded, downloaded, told } = member;
  return {
    address,
    port,
    peerId: formatPeerId(octetsOfKey(member.peerId)),
    left,
    uploaded,
    downloaded,
    joinedMsAgo: now - member.joinedAt,
    silentMs: now - member.announcedAt,
    told,
  };
}
