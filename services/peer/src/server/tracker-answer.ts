import type { AnnounceRequest } from '#shared/bittorrent/announce-request.ts';
import type { AnnounceResponse } from '#shared/bittorrent/announce-response.ts';
import type { Endpoint } from '#shared/report.ts';

/** An announce to one tracker. */
export interface TrackerQuestion {
  readonly url: URL;
  readonly request: AnnounceRequest;
  /** Where the tracker has answered before, so that its name need not be looked up. */
  readonly address: string | undefined;
  readonly signal: AbortSignal;
}

export interface TrackerAnswer {
  readonly response: AnnounceResponse;
  readonly exchange: string;
  /** Who has answered. */
  readonly from: Endpoint;
  /** Where to ask the next time; undefined where the name must be looked up again. */
  readonly address: string | undefined;
}
