/**
 * Whom a peer is told of: a random subset of the others (BEP 3, "trackers"), each subset of that size equally likely. Seeds are not
 * told of seeds, because two that have everything have nothing to say to each other; nor are partial seeds, which want nothing
 * more, told of seeds, of each other, or to seeds (BEP 21). There is one exception.
 *
 * A client that has a magnet link and nothing else does not know yet how much it lacks. BEP 9 leaves open what it says then:
 * most say the largest number that they have, aria2 says `left=0`, which is what a seed says. Not told of seeds it would wait
 * for ever where there is nobody else, and the seeds, not told of it, would too. A seed that has just started and one that only
 * seems to be a seed cannot be told apart before one of them has given or got something: with its `started` each is told of the
 * leechers first, and of seeds where there is room left. A true seed dials some peers in vain for it, once.
 */
import type { AnnounceRequest } from '#shared/bittorrent/announce-request.ts';
import { type AddressFamily, familyOf } from '#shared/bittorrent/compact-peers.ts';
import type { Member, Members } from './members.ts';

/** Peers in one answer, whatever the peer wants. */
export const NUMWANT_MAX = 200;

/** What an answer can carry: over UDP addresses of one family, and no more than go into a datagram (BEP 15). */
export interface Carrier {
  /** Null carries both. */
  readonly family: AddressFamily | null;
  readonly peersMax: number;
}

export const HTTP_CARRIER: Carrier = { family: null, peersMax: NUMWANT_MAX };

export interface ChoiceOptions {
  readonly numwantDefault: number;
  /** From 0 up to, but not including, 1. */
  readonly random: () => number;
}

export interface PeerChoice {
  readonly told: readonly Member[];
  readonly because: string;
}

/** Chooses for `asking`, which is one of `members`. */
export function choosePeers(
  members: Members,
  asking: Member,
  request: AnnounceRequest,
  { family, peersMax }: Carrier,
  { numwantDefault, random }: ChoiceOptions,
): PeerChoice {
  const wanted = Math.min(request.numwant ?? numwantDefault, NUMWANT_MAX, peersMax);
  const whom = whomToTell(asking, request);
  const told: Member[] = [];
  if (wanted > 0) {
    for (const member of candidates(members, whom, random)) {
      if (member === asking || (family !== null && familyOf(member.address) !== family)) continue;
      if (whom !== 'all' && member.isPartialSeed) continue;
      if (told.push(member) === wanted) break;
    }
  }
  return { told, because: whyThese(members, whom, told.length, wanted) };
}

type Whom = 'all' | 'leechers' | 'leechers first';

function whomToTell(
  { left, isPartialSeed, isCounted }: Member,
  { event, uploaded, downloaded }: AnnounceRequest,
): Whom {
  if (isPartialSeed) return 'leechers';
  if (left !== 0) return 'all';
  const hasDoneNothing = event === 'started' && uploaded === 0 && downloaded === 0 && !isCounted;
  return hasDoneNothing ? 'leechers first' : 'leechers';
}

function* candidates(members: Members, whom: Whom, random: () => number): Generator<Member> {
  yield* members.inRandomOrder(whom === 'all' ? 'all' : 'leechers', random);
  if (whom === 'leechers first') yield* members.inRandomOrder('seeds', random);
}

function whyThese(members: Members, whom: Whom, told: number, wanted: number): string {
  const others = whom === 'leechers' ? members.downloaders : members.size - 1;
  if (others === 0) return whom === 'leechers' ? 'nobody else downloads' : 'nobody else is here';
  const [one, several] =
    whom === 'leechers' ? ['other peer that downloads', 'other peers that download'] : ['other peer', 'other peers'];
  const what = others === 1 ? one : several;
  const why =
    whom === 'leechers first' && told > members.downloaders
      ? ', seeds too: a client with only a magnet link may say that it lacks nothing'
      : '';
  if (told === others) return `${others === 1 ? 'the one' : `all ${others}`} ${what}: it may have ${wanted}${why}`;
  return told < wanted
    ? `all ${told} that it can be told of, of ${others} ${what}${why}`
    : `a random ${told} of the ${others} ${what}${why}`;
}
