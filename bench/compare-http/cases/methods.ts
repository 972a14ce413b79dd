/** Methods: which go to the origin, which may be answered for which (RFC 9111, sections 3 and 4; RFC 9110, section 9). */
import type { Case, Group } from '../case.ts';
import { again, cc, check, FORWARDED, FRESH, fetched, fetchedAnew, fromCache, optimal, required } from '../words.ts';

const STORING = 'RFC 9111, section 3';

const byMethod: readonly Case[] = [
  required(
    'method-head-for-get',
    'RFC 9111, section 4',
    'a stored answer to HEAD does not answer GET',
    fetched(FRESH, { ask: { method: 'HEAD' } }),
    again({ status: 200, body: /#/ }),
  ),
  optimal(
    'method-get-for-head',
    'RFC 9110, section 9.3.2',
    'a stored answer to GET answers HEAD',
    fetched(FRESH),
    again({ asked: false, status: 200, body: null }, { ask: { method: 'HEAD' } }),
  ),
  required(
    'method-head-empty',
    'RFC 9110, section 9.3.2',
    'an answer to HEAD has no body',
    fetched(FRESH),
    again({ status: 200, body: null, broken: false }, { ask: { method: 'HEAD' } }),
  ),
  check(
    'method-head-length',
    'RFC 9110, section 9.3.2',
    'an answer to HEAD from the cache tells the length of GET',
    fetched(FRESH, { answer: { body: '0123456789' } }),
    again({ asked: false, fields: { 'Content-Length': '10' } }, { ask: { method: 'HEAD' } }),
  ),
  ...['POST', 'PUT', 'DELETE', 'PATCH', 'FOO'].map((method) =>
    required(
      `method-${method.toLowerCase()}-writes-through`,
      'RFC 9111, section 4',
      `${method} goes to the origin, whatever is stored`,
      fetched(FRESH),
      again({ asked: true, askedWith: { ':method': method }, body: 2 }, { ask: { method, body: 'x' } }),
    ),
  ),
  required(
    'method-options-not-stored',
    'RFC 9110, section 9.3.7',
    'answers to OPTIONS are not stored',
    fetched(FRESH, { ask: { method: 'OPTIONS' } }),
    again(FORWARDED, { ask: { method: 'OPTIONS' } }),
  ),
  ...['PUT', 'DELETE', 'FOO'].map((method) =>
    required(
      `method-${method.toLowerCase()}-not-stored`,
      STORING,
      `a fresh answer to ${method} is no answer to GET`,
      fetched(FRESH, { ask: { method, body: 'x' } }),
      again(fetchedAnew(2)),
    ),
  ),
  required(
    'method-post-for-get',
    'RFC 9110, section 9.3.3',
    'a fresh answer to POST without Content-Location is no answer to GET',
    fetched(FRESH, { ask: { method: 'POST', body: 'x' } }),
    again(fetchedAnew(2)),
  ),
  required(
    'method-post-for-post',
    'RFC 9111, section 4',
    'a fresh answer to POST is no answer to another POST',
    fetched(FRESH, { ask: { method: 'POST', body: 'x' } }),
    again(fetchedAnew(2), { ask: { method: 'POST', body: 'y' } }),
  ),
  check(
    'method-post-content-location',
    'RFC 9110, section 9.3.3',
    'a fresh answer to POST with its own URI as Content-Location answers GET',
    fetched(cc('max-age=3600', { 'Content-Location': '{path}' }), { ask: { method: 'POST', body: 'x' } }),
    again(fromCache()),
  ),
  check(
    'get-with-body',
    'RFC 9110, section 9.3.1',
    'what was answered to a GET with a body is not given to others',
    fetched(FRESH, { ask: { method: 'GET', body: 'q=1' } }),
    again(FORWARDED),
  ),
];

export const methods: Group = { name: 'methods', cases: byMethod };
