import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { converseInAll, cuts } from './conversation.ts';
import { ANSWERED, BROKEN_BODIES, REFUSED } from './hostile-requests.ts';
import { TestLab } from './test-lab.ts';

const lab = new TestLab(27);
const LAST = 'GET http://a.test/last HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n';
let completed: string[] = [];

beforeAll(() => lab.start());
afterAll(() => lab.stop());
beforeEach(() => {
  completed = [];
  lab.answer = (request, response) => {
    request
      .on('error', () => {})
      .resume()
      .on('end', () => {
        completed.push(`${request.method} ${request.url}`);
        response.writeHead(200, { 'Cache-Control': 'no-store' }).end('served');
      });
  };
});

/** Says a text in one piece, octet by octet where it is short, and cut at every place. */
function everyWay(text: string) {
  const ways = [[text], ...(text.length < 300 ? [[...text]] : []), ...cuts(text)];
  return converseInAll(lab.host.address, 3128, ways);
}

test.each([...REFUSED, ...BROKEN_BODIES])('%s is refused wherever it is cut', async (_name, text, status) => {
  for (const { statuses, closed } of await everyWay(text)) expect([statuses, closed]).toEqual([[status], true]);
  expect(completed).toEqual([]);
});

test.each(ANSWERED)('%s is answered wherever it is cut, and the next request after it', async (_name, text, status) => {
  const [whole, ...others] = await everyWay(text + LAST);
  expect(whole).toMatchObject({ statuses: [status, 200], closed: true });
  for (const { statuses, closed } of others) expect([statuses, closed]).toEqual([[status, 200], true]);
  // The origin has seen what the client has framed, and nothing else.
  const seen = new Set(completed);
  expect(seen.size).toBe(status === 200 ? 2 : 1);
  expect(completed.filter((line) => line === 'GET /last').length).toBe(others.length + 1);
});
