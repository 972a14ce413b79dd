import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseFetchItems } from '../../src/protocol/imap/fetch-item.ts';
import { ImapParser } from '../../src/protocol/imap/parser.ts';
import { fetchMessages } from '../../src/server/imap-fetch.ts';
import { SelectedMailbox } from '../../src/server/imap-selected.ts';
import { ImapSession, type Wire } from '../../src/server/imap-session.ts';
import { UidLists } from '../../src/server/uid-lists.ts';
import { MailboxKit, message } from '../store/mailbox-kit.ts';

/** Octets that the connection takes before the client has to read. */
const FULL_OCTETS = 10_000;

let kit: MailboxKit;

beforeEach(() => {
  kit = new MailboxKit();
});

afterEach(() => kit.remove());

/** A session of a client that reads only when it is waited for. */
async function openSession() {
  const inbox = kit.open();
  let waiting = 0;
  const seen = { text: '', waitingMax: 0 };
  const take = (text: string) => {
    seen.text += text;
    waiting += text.length;
    seen.waitingMax = Math.max(seen.waitingMax, waiting);
  };
  const wire = {
    isOpen: true,
    send: (line: string) => take(`${line}\r\n`),
    sendOctets: (octets: Uint8Array) => take(Buffer.from(octets).toString('latin1')),
    get isFull() {
      return waiting >= FULL_OCTETS;
    },
    drained: async () => {
      waiting = 0;
    },
  };
  const session = new ImapSession(
    { uidLists: new UidLists() } as unknown as ImapSession['parts'],
    wire as unknown as Wire,
  );
  session.step({ kind: 'authenticated', account: 'alice' });
  const select = async () => {
    session.select(new SelectedMailbox('INBOX', inbox, true, await inbox.messages()));
  };
  return { inbox, session, seen, select };
}

test('parts that are decoded go out one at a time, as the client reads (H)', async () => {
  const { inbox, session, seen, select } = await openSession();
  const header = 'Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n';
  await inbox.append(message(`${header}${'QUJD'.repeat(10_000)}\r\n`));
  await select();
  const items = parseFetchItems(new ImapParser([`(${Array(20).fill('BINARY.PEEK[1]').join(' ')})`]));
  expect(await fetchMessages(session, [1], items)).toBe(true);
  expect(seen.text.match(/BINARY\[1\] \{30000\}/g)).toHaveLength(20);
  expect(seen.waitingMax).toBeLessThan(FULL_OCTETS + 2 * 30_000);
});

test('flags and MODSEQ of one response are of the same state, also when they change while the message is read', async () => {
  const { inbox, session, seen, select } = await openSession();
  await inbox.append(message('Subject: short\r\n\r\nx\r\n'));
  await select();
  const read = inbox.readOctets.bind(inbox);
  inbox.readOctets = async (...given) => {
    const octets = await read(...given);
    await inbox.setFlags(1, () => 'S');
    return octets;
  };
  await fetchMessages(session, [1], parseFetchItems(new ImapParser(['(FLAGS BODY.PEEK[TEXT] MODSEQ)'])));
  expect(seen.text).toBe('* 1 FETCH (FLAGS (\\Seen) BODY[TEXT] {3}\r\nx\r\n MODSEQ (3))\r\n');
});
