import type { ServerOptions } from 'node:http2';

/** Requests of one connection at once (RFC 9113, section 5.1.2 recommends no fewer than 100). */
export const STREAMS_MAX = 100;
/** Streams that a client may open and reset again at once, and then per second (CVE-2023-44487, "rapid reset"). */
const RESETS_AT_ONCE_MAX = 200;
const RESETS_PER_S_MAX = 50;
/** Frames that make no sense, and streams beyond the limit, after which a connection ends. */
const FAULTS_MAX = 20;

/** What one request, and one connection, may take. */
export interface Http2Sizes {
  /** Octets of a header section, as RFC 9113, section 6.5.2 counts them. */
  readonly headerOctetsMax: number;
  /** Field lines of a request, the four of its pseudo-fields among them. */
  readonly fieldLinesMax: number;
  /** Megabytes that a connection may hold: streams, their fields, and octets that wait. */
  readonly sessionMegabytesMax: number;
}

/** The limits of a server of HTTP/2, as Node takes them. */
export function http2Limits(sizes: Http2Sizes): ServerOptions {
  const { headerOctetsMax, fieldLinesMax, sessionMegabytesMax } = sizes;
  return {
    maxHeaderListPairs: fieldLinesMax,
    maxSendHeaderBlockLength: headerOctetsMax,
    maxSessionMemory: sessionMegabytesMax,
    maxSessionInvalidFrames: FAULTS_MAX,
    maxSessionRejectedStreams: FAULTS_MAX,
    streamResetBurst: RESETS_AT_ONCE_MAX,
    streamResetRate: RESETS_PER_S_MAX,
    settings: { enablePush: false, maxConcurrentStreams: STREAMS_MAX, maxHeaderListSize: headerOctetsMax },
  };
}
