import { expect, test } from 'vitest';

type Way = 'request' | 'response';
interface Message {
  readonly lines: readonly { readonly parts: readonly { readonly kind: string; readonly text: string }[] }[];
  readonly body: string;
}

// The browser's own file, as it is: it has types in comments, which this project's compiler reads in src/page.
const file = new URL('../../src/page/http-message.js', import.meta.url).href;
const dissectMessages: (text: string, way: Way) => readonly Message[] = (await import(file)).dissectMessages;
const kindsOf = (text: string, way: Way) =>
  dissectMessages(text, way).flatMap(({ lines }) =>
    lines.map(({ parts }) => parts.map(({ kind, text: octets }) => [kind, octets])),
  );
/** All octets of the messages, as they came. */
const octetsOf = (text: string, way: Way) =>
  dissectMessages(text, way)
    .map(({ lines, body }) => lines.flatMap(({ parts }) => parts.map((part) => part.text)).join('') + body)
    .join('');

test('FMT-03 a request line has three parts: method, target and version; a field has a name and a value', () => {
  expect(kindsOf('GET /a HTTP/1.1\r\nHost: b\r\n\r\n', 'request')).toEqual([
    [
      ['method', 'GET'],
      ['blank', ' '],
      ['target', '/a'],
      ['blank', ' '],
      ['version', 'HTTP/1.1'],
      ['line-end', '\r\n'],
    ],
    [
      ['name', 'Host'],
      ['blank', ': '],
      ['value', 'b'],
      ['line-end', '\r\n'],
    ],
    [['line-end', '\r\n']],
  ]);
});

test('FMT-12 a status line has three parts: version, code and phrase, which may have blanks or be empty', () => {
  const [found] = kindsOf('HTTP/1.1 404 Not Found\r\n\r\n', 'response');
  expect(found?.filter(([kind]) => kind !== 'blank')).toEqual([
    ['version', 'HTTP/1.1'],
    ['status', '404'],
    ['reason', 'Not Found'],
    ['line-end', '\r\n'],
  ]);
  expect(kindsOf('HTTP/1.1 200 \r\n\r\n', 'response')[0]).toContainEqual(['reason', '']);
});

test('what fits no line of the grammar is shown as that', () => {
  for (const line of ['hello', 'GET  / HTTP/1.1', '']) {
    const [first] = kindsOf(`${line}\n`, 'request');
    expect(first?.filter(([kind]) => kind !== 'line-end').every(([kind]) => kind === 'other')).toBe(true);
  }
  expect(kindsOf('GET / HTTP/1.1\r\nHost : b\r\n\r\n', 'request')[1]?.[0]).toEqual(['other', 'Host : b']);
});

test('messages that follow each other are told apart: by length, by chunks, and after a HEAD', () => {
  const ok = 'HTTP/1.1 200 OK\r\n';
  const several = [
    `${ok}Content-Length: 2\r\n\r\nab`,
    `${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    `${ok}Content-Length: 9\r\n\r\n`,
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n',
    `${ok}\r\nto the end`,
  ];
  const messages = dissectMessages(several.join(''), 'response');
  expect(messages.map(({ body }) => body)).toEqual(['ab', '3\r\nabc\r\n0\r\n\r\n', '', '', 'to the end']);
});

test('no octet is lost, whatever the text', () => {
  const texts = [
    '',
    '\n',
    '\r\n\r\n',
    'GET / HTTP/1.1',
    'a\r\nb: c\n\n\nd',
    'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nx',
  ];
  for (const way of ['request', 'response'] as const) for (const text of texts) expect(octetsOf(text, way)).toBe(text);
});
