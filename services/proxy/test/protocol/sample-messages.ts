import type { Fields } from '#shared/http/fields.ts';
import { formatHttpDate } from '#shared/http/http-date.ts';
import type { CacheRequest, OriginResponse, StoredHead } from '../../src/protocol/stored-response.ts';
import { toStore } from '../../src/protocol/to-store.ts';

/** Requests and responses of one moment, for tables. */
export const NOW = Date.UTC(2026, 10, 20, 12);
export const KEY = 'http://a.test/dir/x';

/** The date so many seconds from now. */
export const at = (seconds: number): string => formatHttpDate(NOW + seconds * 1000);
export const cc = (value: string): Fields => [['Cache-Control', value]];

export const request = (fields: Fields = [], method = 'GET', hasBody = false): CacheRequest => ({
  method,
  key: KEY,
  fields,
  hasBody,
});

export const response = (fields: Fields, status = 200): OriginResponse => ({
  status,
  reason: 'OK',
  fields: [['Date', at(0)], ...fields],
  requestTimeMs: NOW,
  responseTimeMs: NOW,
});

/** What is stored of a response with `octets` octets to a request with the fields `by`. */
export const stored = (fields: Fields, by: Fields = [], id = 'id', octets = 5): StoredHead =>
  toStore(request(by), response(fields), id, octets);

/** A stored part of a version. */
export const storedPart = (range: string, fields: Fields = [['ETag', '"1"']], id = range): StoredHead =>
  toStore(
    request([['Range', 'bytes=0-']]),
    response([...cc('max-age=10'), ['Content-Range', `bytes ${range}`], ...fields], 206),
    id,
    null,
  );
