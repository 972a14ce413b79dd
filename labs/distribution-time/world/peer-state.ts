/** What `GET /state` of a peer shows, as far as the experiments look at it. */
export interface PeerState {
  readonly phase: string;
  readonly complete: boolean;
  /** Of the whole file, once it is there and was read. */
  readonly sha256: string | null;
  /** Octets of blocks. */
  readonly uploaded: number;
  readonly downloaded: number;
  readonly wasted: number;
  readonly trouble: string | null;
}
