import { expect, test } from 'vitest';
import { frameAnswer } from '../answer-framing.ts';
import type { Fields } from '../fields.ts';

const ask = (method: string, httpVersion = '1.1', fields: Fields = []) => ({
  method,
  target: '/',
  httpVersion,
  fields,
});
const CLOSE = ['Connection', 'close'] as const;
const SIZE = ['Content-Length', '3'] as const;
const CHUNKED = ['Transfer-Encoding', 'chunked'] as const;

test.each<[string, ReturnType<typeof ask>, number, Fields, number | null | 'none', boolean, object]>([
  ['a length', ask('GET'), 200, [], 3, true, { body: 'length', close: false, fields: [SIZE] }],
  [
    'another length than was said',
    ask('GET'),
    200,
    [['content-length', '9']],
    3,
    true,
    { body: 'length', fields: [SIZE] },
  ],
  ['no length', ask('GET'), 200, [SIZE], null, true, { body: 'chunked', close: false, fields: [CHUNKED] }],
  [
    'no length to HTTP/1.0',
    ask('GET', '1.0'),
    200,
    [],
    null,
    true,
    { body: 'until-close', close: true, fields: [CLOSE] },
  ],
  [
    'HTTP/1.0 is not kept, whatever it asks for',
    ask('GET', '1.0', [['Connection', 'keep-alive']]),
    200,
    [],
    3,
    false,
    { close: true, fields: [SIZE, CLOSE] },
  ],
  ['HEAD tells the length', ask('HEAD'), 200, [SIZE], 'none', true, { body: 'none', fields: [SIZE] }],
  ['HEAD of a body that is here', ask('HEAD'), 200, [], 3, true, { body: 'none', fields: [SIZE] }],
  ['HEAD of unknown length', ask('HEAD'), 200, [], null, true, { body: 'none', fields: [] }],
  ['204 has no length', ask('GET'), 204, [SIZE], 'none', true, { body: 'none', fields: [] }],
  ['304 may tell one', ask('GET'), 304, [SIZE], 'none', true, { body: 'none', fields: [SIZE] }],
  ['304 may not have a body', ask('GET'), 304, [], null, true, { body: 'none', fields: [] }],
  ['nothing is a length, too', ask('GET'), 200, [], 'none', true, { body: 'none', fields: [['Content-Length', '0']] }],
  ['the answer ends the connection', ask('GET'), 400, [CLOSE], 3, true, { close: true, fields: [SIZE, CLOSE] }],
  ['the connection ends by itself', ask('GET'), 200, [], 3, false, { close: true, fields: [SIZE, CLOSE] }],
  [
    'fields of another connection',
    ask('GET'),
    200,
    [['Connection', 'keep-alive'], ['Keep-Alive', 'timeout=5'], CHUNKED],
    3,
    true,
    { close: false, fields: [SIZE] },
  ],
])('%s', (_name, request, status, fields, length, persistent, expected) => {
  expect(frameAnswer(request, { status, fields }, length, persistent)).toMatchObject(expected);
});
