import type { AnnounceRequest } from '#shared/bittorrent/announce-request.ts';
import type { Host } from '#shared/host/host.ts';
import { type Carrier, HTTP_CARRIER } from '../protocol/peer-choice.ts';
import type { AnnounceOutcome, ScrapedTorrent, Swarms } from '../protocol/swarms.ts';
import * as reports from '../reports.ts';

/** What was asked of one listener since the start. */
export interface Counters {
  announces: number;
  scrapes: number;
  /** Requests that were answered with an error. */
  refused: number;
  /** Octets of all answers: the tracker carries lists of peers and nothing else. */
  sentBytes: number;
}

/** Lets the swarms decide what is answered to one listener's peers, and reports question and answer. */
export class AnnounceDesk {
  readonly counters: Counters = { announces: 0, scrapes: 0, refused: 0, sentBytes: 0 };
  readonly host: Host;
  /** Lab time, at which nobody is known who has been silent for too long. */
  readonly now: () => number;
  readonly #swarms: Swarms;

  constructor(host: Host, swarms: Swarms, now: () => number) {
    this.host = host;
    this.#swarms = swarms;
    this.now = now;
  }

  announce(
    conversation: reports.Conversation,
    request: AnnounceRequest,
    carrier: Carrier = HTTP_CARRIER,
    urlData?: string,
  ): AnnounceOutcome {
    this.counters.announces += 1;
    this.host.report(() => reports.announceReport(conversation, request, urlData));
    const outcome = this.#swarms.announce(request, conversation.peer.address, this.now(), carrier);
    if (outcome.kind === 'refused') this.counters.refused += 1;
    this.host.report(() => reports.announceResponseReport(conversation, outcome));
    return outcome;
  }

  /** The torrents that were asked for, in order; null for one that is not known. */
  scrape(conversation: reports.Conversation, infoHashes: readonly Uint8Array[]): (ScrapedTorrent | null)[] {
    this.counters.scrapes += 1;
    this.host.report(() => reports.scrapeReport(conversation, infoHashes));
    this.now();
    const torrents = infoHashes.map((infoHash) => this.#swarms.scrape(infoHash));
    this.host.report(() =>
      reports.scrapeResponseReport(
        conversation,
        torrents.filter((torrent) => torrent !== null),
      ),
    );
    return torrents;
  }

  /** A request that cannot be read, or may not be made. */
  refuse(conversation: reports.Conversation, reason: string): void {
    this.counters.refused += 1;
    this.host.report(() => reports.failureReport(conversation, reason));
  }
}
