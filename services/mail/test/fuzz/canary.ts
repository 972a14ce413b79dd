import { DOMAIN, PASSWORD } from './dialogues.ts';
import { Talk } from './talk.ts';

/** The account that only sensible clients use. */
export const CANARY = 'canary';
/** How long each answer may take, in milliseconds. */
const ANSWER_MS_MAX = 60_000;

/**
 * A sensible session of each protocol: a message is sent, found and read by IMAP, and removed by POP3.
 *
 * @throws Error where one of them is not served
 */
export async function flyCanary(address: string, localAddress: string, number: string): Promise<void> {
  const mark = `canary ${number}`;
  await lead(address, localAddress, 25, [
    ['', /^220 .*\r\n$/],
    ['EHLO canary.example\r\n', /^250 .*\r\n$/m],
    ['MAIL FROM:<canary@client.example>\r\n', /^250 .*\r\n$/],
    [`RCPT TO:<${CANARY}@${DOMAIN}>\r\n`, /^250 .*\r\n$/],
    ['DATA\r\n', /^354 .*\r\n$/],
    [`Subject: ${mark}\r\n\r\n..\r\n.\r\n`, /^250 .*\r\n$/],
    ['QUIT\r\n', /^221 .*\r\n$/],
  ]);
  await lead(address, localAddress, 143, [
    ['', /^\* OK.*\r\n$/],
    [`1 LOGIN ${CANARY} ${PASSWORD}\r\n`, /^1 OK.*\r\n$/m],
    ['2 SELECT INBOX\r\n', /^2 OK.*\r\n$/m],
    ['3 IDLE\r\n', /^\+ .*\r\n$/m],
    ['DONE\r\n', /^3 OK.*\r\n$/m],
    [`4 SEARCH SUBJECT "${mark}"\r\n`, /^\* SEARCH \d+\r\n4 OK.*\r\n$/m, 'again'],
    ['5 FETCH * BODY.PEEK[TEXT]\r\n', /\{\d+\}\r\n\.\r\n\)\r\n5 OK/],
    ['6 LOGOUT\r\n', /^6 OK.*\r\n$/m],
  ]);
  await lead(address, localAddress, 110, [
    ['', /^\+OK.*\r\n$/],
    [`USER ${CANARY}\r\n`, /^\+OK.*\r\n$/],
    [`PASS ${PASSWORD}\r\n`, /^\+OK.*\r\n$/],
    ['RETR 1\r\n', /^\+OK[\s\S]*\r\n\.\.\r\n\.\r\n$/],
    ['DELE 1\r\n', /^\+OK.*\r\n$/],
    ['QUIT\r\n', /^\+OK.*\r\n$/],
  ]);
}

type Line = readonly [text: string, answer: RegExp, repeat?: 'again'];

/** Says each line and waits for its answer; `again` where what is asked for may need a moment to be there. */
async function lead(address: string, localAddress: string, port: number, lines: readonly Line[]): Promise<void> {
  const talk = new Talk({ address, port }, localAddress);
  const deadline = performance.now() + ANSWER_MS_MAX;
  try {
    for (const [text, answer, repeat] of lines) {
      for (;;) {
        const before = talk.heard.length;
        talk.say(text);
        const isAnswered = await talk.until(
          (heard) => answer.test(heard.slice(before)),
          repeat ? AGAIN_MS : ANSWER_MS_MAX,
        );
        if (isAnswered) break;
        if (repeat && performance.now() < deadline) continue;
        const heard = JSON.stringify(talk.heard.slice(before));
        throw new Error(`Port ${port}: a sensible ${JSON.stringify(text)} is answered ${heard}`);
      }
    }
  } finally {
    talk.break();
  }
}

/** How long it may take until what was sent is there, before it is asked for again, in milliseconds. */
const AGAIN_MS = 100;
