import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Dissection } from '#shared/dns/wire-field.ts';
import { ObservedLab } from './observed-lab.ts';

let lab: ObservedLab;

beforeEach(async () => {
  lab = await ObservedLab.start();
});

afterEach(() => lab.stop());

/** cnn.com A?, 25 octets. */
const QUERY = Buffer.from('dead01000001000000000000' + '03636e6e03636f6d00' + '00010001', 'hex');

test('a message comes back as its fields, every octet of it', async () => {
  const answer = await lab.get(`/api/dns/bits?wire=${QUERY.toString('base64url')}`);
  expect(answer.status).toBe(200);
  const { octets, shown, fields, brokenRules } = answer.json as Dissection;
  expect({ octets, shown, brokenRules }).toEqual({ octets: 25, shown: 25, brokenRules: [] });
  expect(fields.map(({ name, offset, length }) => [name, offset, length])).toEqual([
    ['header', 0, 12],
    ['question', 12, 13],
  ]);
});

test('of a message that has more octets than its report, the beginning is shown', async () => {
  const answer = await lab.get(`/api/dns/bits?wire=${QUERY.subarray(0, 20).toString('base64url')}&octets=25`);
  expect(answer.json).toMatchObject({ octets: 25, shown: 20, brokenRules: [] });
});

test.each([
  ['nothing', '', /give \?wire=/],
  ['no base64url', '?wire=%2B%2B==', /wire is base64url/],
  ['half an octet', '?wire=A', /a character is missing/],
  ['more than a report carries', `?wire=${'A'.repeat(1_700)}`, /at most 1644 characters/],
  ['a number of octets that is none', '?wire=AAAA&octets=many', /octets is a whole number/],
  ['more octets than a message has', '?wire=AAAA&octets=70000', /at most 65535/],
])('%s is refused with a sentence', async (_what, query, sentence) => {
  const answer = await lab.get(`/api/dns/bits${query}`);
  expect(answer.status).toBe(400);
  expect((answer.json as { error: string }).error).toMatch(sentence);
});

test('octets that are no message are shown with the rule that they break', async () => {
  const answer = await lab.get('/api/dns/bits?wire=AAAA');
  expect(answer.json).toMatchObject({
    fields: [
      { role: 'header', length: 2 },
      { role: 'unread', offset: 2, length: 1 },
    ],
    brokenRules: [{ offset: 2, sentence: expect.stringContaining('ends too early') }],
  });
});
