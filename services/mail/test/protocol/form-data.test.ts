import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FORM_PARTS_MAX, type FormPartHead, formText, openFormReader } from '../../src/protocol/form-data.ts';

const FORM = [
  '--x',
  'Content-Disposition: form-data; name="subject"',
  '',
  '일곱 시'.normalize('NFC'),
  '--x',
  'Content-Disposition: form-data; name="file"; filename="../%22menu%0D%0A.jpg"',
  'Content-Type: image/jpeg',
  '',
  'one\r\n--xy\r\n--x is no delimiter\r\ntwo',
  '--x',
  'Content-Disposition: form-data; name="file"; filename=""',
  'Content-Type: application/octet-stream',
  '',
  '',
  '--x--',
  '',
].join('\r\n');

/** The whole parts of a form that comes in these pieces. */
function readForm(pieces: readonly Uint8Array[], type: string) {
  const reader = openFormReader(type);
  if (reader === null) return null;
  const parts: (FormPartHead & { content: Buffer; isWhole: boolean })[] = [];
  for (const event of pieces.flatMap((piece) => reader.push(piece))) {
    const part = parts.at(-1);
    if (event.kind === 'part') parts.push({ ...event.head, content: Buffer.alloc(0), isWhole: false });
    else if (part !== undefined && event.kind === 'octets') part.content = Buffer.concat([part.content, event.octets]);
    else if (part !== undefined) part.isWhole = true;
  }
  return parts.flatMap(({ isWhole, ...part }) => (isWhole ? [part] : []));
}

const parseFormData = (body: Uint8Array, type: string) => readForm([body], type);

test('a form with files is read as a browser writes it (RFC 7578)', () => {
  const parts = parseFormData(Buffer.from(FORM), 'multipart/form-data; boundary=x') ?? [];
  expect(parts.map(({ name, filename, type }) => ({ name, filename, type }))).toEqual([
    { name: 'subject', filename: null, type: 'text/plain' },
    { name: 'file', filename: '../"menu  .jpg', type: 'image/jpeg' },
    { name: 'file', filename: '', type: 'application/octet-stream' },
  ]);
  expect(formText(parts[0]!.content)).toBe('일곱 시');
  expect(Buffer.from(parts[1]!.content).toString()).toBe('one\r\n--xy\r\n--x is no delimiter\r\ntwo');
  expect(parts[2]!.content).toHaveLength(0);
});

test.each([
  ['multipart/form-data', FORM],
  ['multipart/mixed; boundary=x', FORM],
  [`multipart/form-data; boundary=${'x'.repeat(71)}`, FORM],
  ['', ''],
])('a body of type %j is no form', (type, body) => {
  expect(parseFormData(Buffer.from(body), type)).toBeNull();
});

test('a form that was cut off has no half of a file, and one with too many parts is bounded', () => {
  const cut = Buffer.from(FORM.slice(0, FORM.indexOf('two')));
  expect(parseFormData(cut, 'multipart/form-data; boundary=x')).toHaveLength(1);
  const many = Buffer.from('--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'.repeat(5_000));
  expect(parseFormData(many, 'multipart/form-data; boundary=x')).toHaveLength(FORM_PARTS_MAX);
});

test('a form that comes in pieces, cut anywhere, is the form that came at once', () => {
  const type = 'multipart/form-data; boundary=x';
  const tricky =
    '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n\r\n--x\n--\r\n-\r\n--xy\r\r\n\n--x--\r\n--x\r\nlate';
  for (const form of [
    FORM,
    tricky,
    tricky.replaceAll('\r\n', '\n'),
    `${FORM.slice(0, -4)}`,
    FORM.replace('form-data', 'x'),
  ]) {
    const octets = Buffer.from(form);
    const whole = parseFormData(octets, type);
    for (let first = 0; first <= octets.length; first += 1) {
      expect(readForm([octets.subarray(0, first), octets.subarray(first)], type), `${first}`).toEqual(whole);
      const second = Math.min(octets.length, first + 1 + (first % 5));
      const three = [octets.subarray(0, first), octets.subarray(first, second), octets.subarray(second)];
      expect(readForm(three, type), `${first} ${second}`).toEqual(whole);
    }
    expect(
      readForm(
        [...octets].map((octet) => Uint8Array.of(octet)),
        type,
      ),
    ).toEqual(whole);
  }
});

test('the line end before a delimiter is no content, and any other is (RFC 2046, section 5.1.1)', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('\r', '\n', '-', '--', '--x', '--x-', 'x', ' '), { maxLength: 12 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
      (words, lengths) => {
        const content = words.join('');
        fc.pre(!/(?:^|\n)--x(?:--)?\r?\n/.test(`${content}\r\n`));
        const form = Buffer.from(`--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n${content}\r\n--x--\r\n`);
        const pieces: Buffer[] = [];
        for (let at = 0; at < form.length; ) {
          const next = at + lengths.next().value;
          pieces.push(form.subarray(at, next));
          at = next;
        }
        const parts = readForm(pieces, 'multipart/form-data; boundary=x');
        expect(parts?.map((part) => part.content.toString())).toEqual([content]);
      },
    ),
  );
});

test('the content of a file is given while it comes, and next to nothing of it is kept back', () => {
  const reader = openFormReader('multipart/form-data; boundary=x');
  reader?.push(Buffer.from('--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'));
  let given = 0;
  for (let sent = 1; sent <= 20; sent += 1) {
    for (const event of reader?.push(Buffer.alloc(1000, '-\r\n--x')) ?? [])
      if (event.kind === 'octets') given += event.octets.length;
    expect(given).toBeGreaterThan(sent * 1000 - 80);
  }
});

test('any octets are a form or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.string({ maxLength: 60 }), (body, type) => {
      const parts = parseFormData(body, `multipart/form-data; ${type}`);
      expect(parts === null || Array.isArray(parts)).toBe(true);
    }),
  );
});
