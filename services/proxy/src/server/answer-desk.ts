import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { whyForeign } from '#shared/host/foreign-page.ts';
import { type Fields, fieldLines, fieldValue } from '#shared/http/fields.ts';
import type { Authority } from '#shared/http/request-target.ts';
import { isLabAddress } from '#shared/lab-net.ts';
import { asLanguage, chooseLanguage, type Language, rememberLanguage } from '#shared/page/language.ts';
import { cachePage } from '../page/cache-page.ts';
import type { BodySource } from './body-source.ts';
import type { CacheDesk } from './cache-desk.ts';
import type { ClientExchange } from './client-exchange.ts';

/** Entries of one page at most. */
const PAGE_MAX = 200;
/** Longest body of an action, in octets: a URL and a few signs. */
const BODY_OCTETS_MAX = 16_384;
const SCRIPT = new URL('../page/cache.js', import.meta.url);
/** Scripts of the page's own and its style; nothing from elsewhere, and in no frame. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";
const FRESH: Fields = [
  ['Cache-Control', 'no-store'],
  ['X-Content-Type-Options', 'nosniff'],
];

const PATHS: ReadonlySet<string> = new Set(['/cache', '/cache.json', '/cache.js', '/cache/purge', '/cache/mode']);

/** Whether the proxy's own page, or a part of it, is at `path`. A browser that comes to the front door is led to it. */
export function isAtDesk({ head, cache }: ClientExchange, path: string): boolean {
  return cache.desk !== null && (PATHS.has(path) || (path === '/' && wantsPage(head.fields)));
}

/** Whether a request for a whole URL means the proxy itself: a browser that uses it asks so. */
export function isOwnName({ cache }: ClientExchange, { host, port }: Authority): boolean {
  return cache.config.PROXY_NAMES.includes(host) && (port ?? 80) === cache.host.port(cache.config.PROXY_PORT);
}

/** The page on which people look at the cache, and what they may do there. */
export async function answerDesk(client: ClientExchange, path: string, query: URLSearchParams): Promise<void> {
  const refused = whyRefused(client);
  if (refused !== null) return sayJson(client, 403, { error: refused });
  const { method } = client.head;
  const isAction = path.startsWith('/cache/');
  if (isAction ? method !== 'POST' : method !== 'GET' && method !== 'HEAD') {
    const allow = isAction ? 'POST' : 'GET, HEAD';
    return sayJson(client, 405, { error: `this is for ${allow}` }, [['Allow', allow]]);
  }
  const desk = client.cache.desk!;
  switch (path) {
    case '/cache.json':
      return sayJson(
        client,
        200,
        await desk.look(number(query, 'from', 0), Math.min(PAGE_MAX, number(query, 'count', 50))),
      );
    case '/cache.js':
      return send(client, 'text/javascript; charset=utf-8', await readFile(SCRIPT), [['Cache-Control', 'no-cache']]);
    case '/cache/purge':
    case '/cache/mode':
      return act(client, desk, path);
    default:
      return sendPage(client, asLanguage(query.get('language') ?? undefined));
  }
}

function sendPage(client: ClientExchange, chosen: Language | undefined): void {
  const { fields } = client.head;
  const language =
    chosen ??
    chooseLanguage({ cookie: fieldValue(fields, 'Cookie'), acceptLanguage: fieldValue(fields, 'Accept-Language') });
  const cookie: Fields = chosen === undefined ? [] : [['Set-Cookie', rememberLanguage(chosen)]];
  send(client, 'text/html; charset=utf-8', Buffer.from(cachePage(client.cache.pseudonym, language), 'utf8'), [
    ...FRESH,
    ['Content-Language', language],
    ['Vary', 'Accept-Language, Cookie'],
    ['Content-Security-Policy', POLICY],
    ...cookie,
  ]);
}

async function act(client: ClientExchange, desk: CacheDesk, path: string): Promise<void> {
  const purge = z.strictObject({ url: z.string().optional() });
  const mode = z.strictObject({ mode: z.enum(['freshness', 'always-revalidate']) });
  try {
    const input: unknown = JSON.parse(await readText(client.answer.body));
    if (path === '/cache/purge') return sayJson(client, 200, { purged: await desk.purge(purge.parse(input).url) });
    const { mode: chosen } = mode.parse(input);
    await desk.setMode(chosen);
    sayJson(client, 200, { mode: chosen });
  } catch (error) {
    const because = error instanceof Error && !(error instanceof z.ZodError) ? error.message : 'that is no such action';
    sayJson(client, 400, { error: because });
  }
}

/**
 * Why this request is not answered, or null: a page of elsewhere may have made it. What changes something is taken from the lab
 * and the machine that it runs on alone.
 */
function whyRefused({ head, answer, cache }: ClientExchange): string | null {
  const { host, config } = cache;
  const named = fieldLines(head.fields, 'Host')[0] ?? '';
  const asked = { host: named, hostname: named.replace(/:\d+$/, ''), origin: fieldValue(head.fields, 'Origin') };
  const foreign = whyForeign(asked, (name) => config.PROXY_NAMES.includes(name));
  if (foreign === 'name') return 'the proxy is looked at by its own name or address';
  if (foreign === 'origin') return 'this may be asked from the page of the proxy alone';
  const { address } = answer.ends.there;
  const isNear = isLabAddress(address, host.net) || address.startsWith('127.');
  return head.method === 'POST' && !isNear ? 'this may be asked from the lab alone' : null;
}

async function readText(body: BodySource | null): Promise<string> {
  const pieces: Uint8Array[] = [];
  let octets = 0;
  for (let piece = await body?.read(); piece; piece = await body?.read()) {
    octets += piece.length;
    if (octets > BODY_OCTETS_MAX) throw new Error('that is longer than any action');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function sayJson(client: ClientExchange, status: number, value: object, more: Fields = []): void {
  const text = Buffer.from(JSON.stringify(value), 'utf8');
  client.sendOwn(status, 'application/json', text, 'the proxy tells of itself', [...FRESH, ...more]);
}

function send(client: ClientExchange, mediaType: string, octets: Uint8Array, more: Fields): void {
  client.sendOwn(200, mediaType, octets, 'the proxy shows itself', more);
}

function wantsPage(fields: Fields): boolean {
  return fieldValue(fields, 'Accept')?.includes('text/html') ?? false;
}

function number(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name) ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : otherwise;
}
