import { FullHouse } from '../protocol/full-house.ts';
import type { Neighbour, NeighbourId } from '../protocol/neighbour.ts';
import type { PeerConnection } from './peer-connection.ts';

/** Who has to go when all places are taken: known where it is known what each neighbour is good for. */
export interface Room {
  /** Who makes room, and why; null when nobody is of so little use. */
  make(): { readonly connection: PeerConnection; readonly because: string } | null;
  /** Whether somebody at this address made room a while ago. */
  isAway(address: string): boolean;
}

/** Room among the neighbours of a swarm, whose connections these are. */
export function roomAmong(
  neighbours: ReadonlyMap<NeighbourId, Neighbour>,
  connections: ReadonlyMap<NeighbourId, PeerConnection>,
): Room {
  const fullHouse = new FullHouse();
  return {
    make: () => {
      const chosen = fullHouse.makeRoom(neighbours.values(), performance.now());
      const connection = chosen === null ? undefined : connections.get(chosen.neighbour.id);
      return chosen === null || connection === undefined ? null : { connection, because: chosen.because };
    },
    isAway: (address) => fullHouse.isAway(address, performance.now()),
  };
}
