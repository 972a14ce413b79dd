import type { Fields } from '#shared/http/fields.ts';

/** A request to a site that answers by program, the same for every version of HTTP. */
export interface SiteRequest {
  readonly method: string;
  /** The path with its query. */
  readonly path: string;
  readonly fields: Fields;
  /** Lab time. */
  readonly now: number;
  /** Whether it came over TLS. */
  readonly secure: boolean;
  /** The host that is meant, as a URL has it: `www.amazon.com`, `www.amazon.com:10080`. */
  readonly authority: string;
  /** The address that it came from. */
  readonly client: string;
  /** The whole body, or null when it is longer than that or broke off: the connection then closes after the answer. */
  readBody(octetsMax: number): Promise<Uint8Array | null>;
}

export interface SiteAnswer {
  readonly status: number;
  /** Each is sent as a line of its own: two Set-Cookie lines cannot be joined (RFC 9110, section 5.3). */
  readonly fields: Fields;
  /** To HEAD, the server leaves it out and tells its length. */
  readonly body: string;
  readonly because: string;
}

/** A site, or the part of one, that answers by program and not by documents. */
export interface SiteHandler {
  /** The answer to GET, HEAD or POST; null where the documents answer. */
  answer(request: SiteRequest): Promise<SiteAnswer | null>;
  state(): Promise<object>;
  /** Null, or a sentence that says what is missing. */
  trouble(): string | null;
}
