import { encodeAnnounceQuery } from '#shared/bittorrent/announce-request.ts';
import { decodeAnnounceResponse } from '#shared/bittorrent/announce-response.ts';
import type { Host } from '#shared/host/host.ts';
import { announceReport, announceResponseReport } from '../reports.ts';
import { httpGet } from './http-get.ts';
import type { TrackerAnswer, TrackerQuestion } from './tracker-answer.ts';

/** Octets of an answer, at most. */
const ANSWER_OCTETS_MAX = 1024 * 1024;
const ANNOUNCE_MS_MAX = 10_000;

/** Announces over HTTP (BEP 3). @throws Error with one sentence */
export async function announceOverHttp(host: Host, question: TrackerQuestion): Promise<TrackerAnswer> {
  const { url, request, address, signal } = question;
  const exchange = host.newExchange();
  const target = `${url.pathname}${url.search === '' ? '?' : `${url.search}&`}${encodeAnnounceQuery(request)}`;
  host.report(announceReport(exchange, url, request));
  const limits = { octetsMax: ANSWER_OCTETS_MAX, timeoutMs: ANNOUNCE_MS_MAX, signal };
  const { body, from, to, isRedirected } = await httpGet(host, { url, target, exchange, address }, limits);
  const response = decodeAnnounceResponse(body);
  host.report(announceResponseReport(exchange, from, to, response));
  return { response, exchange, from, address: isRedirected ? undefined : from.address };
}
