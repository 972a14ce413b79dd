import type { Host } from '#shared/host/host.ts';
import { type Fields, hasField } from '#shared/http/fields.ts';
import { formatHttpDate } from '#shared/http/http-date.ts';
import type { RequestHead } from '#shared/http/request-guard.ts';
import { type Authority, formatAuthority } from '#shared/http/request-target.ts';
import { reasonPhrase } from '#shared/http/status.ts';
import { messagePage } from '../page/message-page.ts';
import type { SiteFile } from '../protocol/site-file.ts';
import type { ExchangeTold } from '../reports.ts';
import type { CodedDocuments } from '../store/coded-documents.ts';
import type { Documents } from '../store/documents.ts';
import type { Overlay } from '../store/overlay.ts';
import type { Site, Sites } from '../store/sites.ts';
import type { Incoming } from './incoming.ts';
import type { SiteHandler } from './site-handler.ts';

/** What every answer of this server is made from. */
export interface Origin {
  readonly host: Host;
  readonly serverField: string;
  readonly sites: Sites;
  readonly documents: Documents;
  readonly coded: CodedDocuments;
  readonly overlay: Overlay;
  /** Sites that answer by program, by their names. */
  readonly handlers: ReadonlyMap<string, SiteHandler>;
  readonly counters: { requests: number; octets: number; readonly statuses: Record<number, number> };
}

/** One request on its way to its answer. */
export interface Exchange {
  readonly origin: Origin;
  readonly incoming: Incoming;
  readonly request: RequestHead;
  readonly told: ExchangeTold;
  readonly now: number;
  /** Whether the connection ends with this answer, where it is HTTP/1.x. */
  closes: boolean;
  /** Whether nobody knows where the message ends: what follows is not even read to be forgotten. */
  isFaulty: boolean;
}

/** Where a request leads. */
export interface Aim {
  readonly site: Site;
  readonly rules: SiteFile;
  readonly authority: Authority | null;
  /** The path with its query. */
  readonly target: string;
  readonly path: string;
}

/** Statuses whose answers have no body, and no length either (RFC 9110, section 8.6). */
const BODILESS: ReadonlySet<number> = new Set([204, 304]);
const NOTHING = new Uint8Array(0);

export interface Said {
  readonly fields?: Fields;
  readonly links?: readonly string[];
}

/** Answers with a status, a sentence and no document. */
export async function say(exchange: Exchange, status: number, because: string, said: Said = {}): Promise<void> {
  const page = messagePage({ status, reason: reasonPhrase(status), because, links: said.links ?? [] });
  await sendPage(exchange, status, page, because, said.fields);
}

export function sayMoved(exchange: Exchange, status: number, to: string): Promise<void> {
  return say(exchange, status, 'the document is at another URL', { fields: [['Location', to]], links: [to] });
}

/** The host that is meant, as a URL of this connection writes it. */
export function writtenAuthority({ incoming }: Exchange, authority: Authority | null): string {
  return authority === null ? '' : formatAuthority(authority, incoming.secure ? 443 : 80);
}

/** Answers with a page that was made for this request. */
export async function sendPage(
  exchange: Exchange,
  status: number,
  html: string,
  because: string,
  more: Fields = [],
): Promise<void> {
  const type: Fields =
    BODILESS.has(status) || hasField(more, 'Content-Type') ? [] : [['Content-Type', 'text/html; charset=utf-8']];
  await sendOctets(exchange, status, reasonPhrase(status), [...ownFields(exchange), ...type, ...more], {
    octets: Buffer.from(BODILESS.has(status) || status === 205 ? '' : html),
    because,
  });
}

/** Sends a whole answer, with the fields as they are and a length where there is none yet. */
export async function sendOctets(
  exchange: Exchange,
  status: number,
  reason: string,
  fields: Fields,
  body: { readonly octets: Uint8Array; readonly because: string },
): Promise<void> {
  const { reply } = exchange.incoming;
  const needsLength = !BODILESS.has(status) && !hasField(fields, 'Content-Length');
  const head: Fields = needsLength ? [...fields, ['Content-Length', String(body.octets.length)]] : fields;
  const sent = exchange.request.method === 'HEAD' || BODILESS.has(status) ? NOTHING : body.octets;
  reply.begin(status, reason, head);
  count(exchange, status, head, sent.length, body.because);
  await finishing(exchange, null, sent);
}

/** Sends what is left to send, and ends the answer; a client that goes away meanwhile is no fault of ours. */
export async function finishing(
  exchange: Exchange,
  send: (() => Promise<void>) | null,
  last: Uint8Array = NOTHING,
): Promise<boolean> {
  const { incoming, told, isFaulty } = exchange;
  try {
    // What ends at once ends in this very turn: the parser may give the connection up in the next one.
    if (send !== null) await send();
    if (isFaulty || !incoming.isBodyLeft) await incoming.reply.end(last);
    else {
      if (last.length > 0) await incoming.reply.write(last);
      await incoming.discardBody();
      await incoming.reply.end(NOTHING);
    }
    return true;
  } catch (error) {
    incoming.reply.breakOff();
    exchange.origin.host.log.debug(`${told.exchange} was not sent to its end: ${(error as Error).message}`);
    return false;
  }
}

/** Fields of every answer. One that comes before the body was read to its end is the last of its connection. */
export function ownFields({ origin, now, closes, incoming }: Exchange): Fields {
  const server: Fields = origin.serverField === '' ? [] : [['Server', origin.serverField]];
  const close: Fields = closes || incoming.isBodyLeft ? [['Connection', 'close']] : [];
  return [['Date', formatHttpDate(now)], ...server, ['X-Served-By', origin.host.name], ...close];
}

export function count(
  { origin, told }: Exchange,
  status: number,
  fields: Fields,
  octets: number,
  because: string,
): void {
  origin.counters.octets += octets;
  origin.counters.statuses[status] = (origin.counters.statuses[status] ?? 0) + 1;
  told.answered(status, fields, octets, because);
}
