import type { Payload } from './payload.ts';

/** What a client of the bench is to do, and where. */
export interface Place {
  readonly address: string;
  /** Its own, and empty. */
  readonly folder: string;
  readonly payload: Payload;
  readonly isSeed: boolean;
  /** Octets per second of what it sends; 0 for no limit. */
  readonly uploadBytesPerS: number;
}

/** A program of one kind: ours, or one of the field's. */
export interface ClientKind {
  readonly name: string;
  /** Starts one that knows of no torrent yet. */
  start(place: Place): Promise<Client>;
}

/** A client that runs. */
export interface Client {
  /** Its process; 0 before it has one. */
  readonly pid: number;
  /** Gives it the torrent: it begins. */
  join(): Promise<void>;
  /** Ends it; the tracker is told. */
  stop(): Promise<void>;
}

/** The port where every client listens, each on an address of its own. */
export const PEER_PORT = 6881;
