/**
 * Conversations as well-behaved clients lead them: what hostile ones are made of. A step is sent and, where it waits, an answer
 * is waited for. Texts have one character for each octet.
 */
import type { Random } from '#shared/http/test/fuzz/random.ts';
import { DATA_ENDS } from './hostile-words.ts';

export interface Step {
  readonly text: string;
  readonly waits: boolean;
}

export type Protocol = 'smtp' | 'pop3' | 'imap';

/** The accounts box0, box1 and so on of this domain get mail; in user0, user1 and so on is read, moved and thrown away. */
export const DOMAIN = 'hamburger.edu';
export const PASSWORD = 'patty';
export const ACCOUNTS = 40;

const say = (text: string): Step => ({ text: `${text}\r\n`, waits: true });
const push = (text: string): Step => ({ text, waits: false });

/** A dialogue for port 25, or with a log-in where there is one for 587 and 465. */
export function smtpDialogue(random: Random, seed: number, logsIn: boolean): Step[] {
  const user = boxOf(random);
  const plain = btoa(`\0${user}\0${PASSWORD}`);
  const logIn = random.pick([
    [say(`AUTH PLAIN ${plain}`)],
    [say('AUTH LOGIN'), say(btoa(user)), say(btoa(PASSWORD))],
    [say('AUTH PLAIN'), say(plain)],
    [say(`AUTH PLAIN ${btoa(`\0${user}\0wrong`)}`)],
  ]);
  const sender = logsIn ? `${user}@${DOMAIN}` : `x${seed}@client.example`;
  const hello = random.once(8) ? `HELO c${seed}.example` : `EHLO c${seed}.example`;
  const transactions = Array.from({ length: 1 + random.below(3) }, () => transaction(random, sender, seed, logsIn));
  return [say(hello), ...(logsIn ? logIn : []), ...transactions.flat()];
}

function transaction(random: Random, sender: string, seed: number, logsIn: boolean): Step[] {
  const recipients = Array.from({ length: 1 + random.below(3) }, () => random.pick(recipientsFor(random, logsIn)));
  const parameters = random.pick(['', '', ' SIZE=300', ' BODY=8BITMIME', ' SMTPUTF8', ' RET=HDRS ENVID=e1']);
  const first = [
    say(`MAIL FROM:<${random.once(10) ? '' : sender}>${parameters}`),
    ...recipients.map((recipient) =>
      say(`RCPT TO:<${recipient}>${random.pick(['', '', ' NOTIFY=NEVER', ' NOTIFY=SUCCESS'])}`),
    ),
    say('DATA'),
  ];
  const text = `From: <${sender}>\r\nSubject: c${seed}\r\n\r\n..\r\nbody ${random.id()}${random.pick(BODIES)}`;
  if (random.once(3)) return [...first, ...smuggling(random, text, sender)];
  return [
    ...first,
    { text: `${text}\r\n.\r\n`, waits: true },
    ...random.pick([[], [say('RSET')], [say('NOOP x')], [say('VRFY box1')]]),
  ];
}

const BODIES = [
  '',
  '\r\n..',
  '\r\n.x',
  '\xc3\xa9',
  '\0',
  '\r',
  '\n',
  '\r\n\r\n',
  `\r\n${'long '.repeat(400)}`,
  '\r\nX: '.repeat(200),
];

/** What looks like an end to some, and then a second message that this client never announced. */
function smuggling(random: Random, text: string, sender: string): Step[] {
  const second = `MAIL FROM:<${sender}>\r\nRCPT TO:<${boxOf(random)}@${DOMAIN}>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n`;
  return [push(`${text}${random.pick(DATA_ENDS)}`), push(second), { text: '\r\n.\r\n', waits: true }];
}

/** Somebody elsewhere only where it is refused: what goes there may rightly end without a trace (RFC 3461, section 4.1). */
function recipientsFor(random: Random, logsIn: boolean): string[] {
  const own = `${boxOf(random)}@${DOMAIN}`;
  const others = ['postmaster', `nobody@${DOMAIN}`, `${boxOf(random)}@HAMBURGER.edu`];
  return [own, own, own, own, own, own, ...others, ...(logsIn ? [] : ['x@other.example'])];
}

export function pop3Dialogue(random: Random): Step[] {
  const user = accountOf(random);
  const logIn = random.pick([
    [say(`USER ${user}`), say(`PASS ${PASSWORD}`)],
    [say(`AUTH PLAIN ${btoa(`\0${user}\0${PASSWORD}`)}`)],
    [say('AUTH PLAIN'), say(btoa(`\0${user}\0${PASSWORD}`))],
    [say(`USER ${user}`), say('PASS wrong')],
    [],
  ]);
  const commands = [
    'CAPA',
    'STAT',
    'LIST',
    'LIST 1',
    'UIDL',
    'UIDL 2',
    'RETR 1',
    'RETR 3',
    'TOP 1 5',
    'TOP 2 0',
    'DELE 1',
    'RSET',
    'NOOP',
  ];
  return [...logIn, ...severalOf(random, commands, 8).map(say)];
}

const IMAP_COMMANDS = [
  'CAPABILITY',
  'NOOP',
  'SELECT INBOX',
  'EXAMINE "inbox"',
  'CREATE Work',
  'CREATE "Work/Deep/Er"',
  'DELETE Work',
  'RENAME Work Play',
  'RENAME INBOX Old',
  'SUBSCRIBE Work',
  'UNSUBSCRIBE Work',
  'LIST "" "*"',
  'LIST "" "%/%"',
  'LIST (SPECIAL-USE) "" "*" RETURN (CHILDREN STATUS (MESSAGES))',
  'LSUB "" "*"',
  'STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)',
  'NAMESPACE',
  'ID ("name" "x")',
  'ENABLE CONDSTORE IMAP4rev2',
  'ENABLE QRESYNC',
  'SELECT INBOX (QRESYNC (1 1 1:9 (1:2 1:2)))',
  'FETCH 1:* (FLAGS UID RFC822.SIZE INTERNALDATE)',
  'FETCH 1:* ENVELOPE',
  'FETCH 1:5 (BODYSTRUCTURE BODY)',
  'FETCH 1:3 BODY[]<0.100>',
  'FETCH 2 (BODY.PEEK[HEADER.FIELDS (SUBJECT FROM)] BODY[1.MIME] BODY[TEXT])',
  'UID FETCH 1:* FLAGS (CHANGEDSINCE 1)',
  'UID FETCH 1:* FLAGS (CHANGEDSINCE 1 VANISHED)',
  'STORE 1:3 +FLAGS (\\Seen \\Deleted)',
  'STORE 2 FLAGS.SILENT ($Label1 word)',
  'UID STORE 1:* (UNCHANGEDSINCE 5) -FLAGS (\\Deleted)',
  'SEARCH ALL',
  'SEARCH OR SUBJECT router (BODY packet NOT SEEN)',
  'SEARCH RETURN (MIN MAX COUNT) SINCE 1-Jan-2026 LARGER 100',
  'UID SEARCH CHARSET UTF-8 HEADER Subject x',
  'COPY 1:2 Work',
  'MOVE 1 Work',
  'UID EXPUNGE 1:2',
  'EXPUNGE',
  'CHECK',
  'CLOSE',
  'UNSELECT',
] as const;

export function imapDialogue(random: Random): Step[] {
  const user = accountOf(random);
  const logIn = random.pick([
    [`LOGIN ${user} ${PASSWORD}`],
    [`LOGIN "${user}" {${PASSWORD.length}+}\r\n${PASSWORD}`],
    [`AUTHENTICATE PLAIN ${btoa(`\0${user}\0${PASSWORD}`)}`],
    [`LOGIN ${user} wrong`],
    [],
  ]);
  const opening = random.once(5) ? [] : ['SELECT INBOX'];
  const commands: readonly string[] = [...logIn, ...opening, ...severalOf(random, IMAP_COMMANDS, 6)];
  const steps = commands.map((command, at) => say(`a${at} ${command}`));
  return random.once(2) ? steps : [...steps, ...random.pick([append(random), synchronizingAppend(random), idle])];
}

const idle: readonly Step[] = [say('i1 IDLE'), say('DONE')];

function append(random: Random): Step[] {
  const message = messageFor(random);
  return [say(`b1 APPEND INBOX (\\Seen) " 5-Jan-2026 08:00:00 +0000" {${message.length}+}\r\n${message}`)];
}

function synchronizingAppend(random: Random): Step[] {
  const message = messageFor(random);
  return [
    say(`b2 APPEND ${random.pick(['INBOX', 'Nowhere', 'Work'])} {${message.length + random.below(2)}}`),
    say(message),
  ];
}

function messageFor(random: Random): string {
  return `Subject: a${random.id()}\r\nContent-Type: ${random.pick(['text/plain', 'multipart/mixed; boundary=x', 'message/rfc822', '=?'])}\r\n\r\n--x\r\n\r\n${random.pick(BODIES)}`;
}

function boxOf(random: Random): string {
  return `box${random.below(ACCOUNTS)}`;
}

function accountOf(random: Random): string {
  return `user${random.below(ACCOUNTS)}`;
}

function severalOf<T>(random: Random, values: readonly T[], most: number): T[] {
  return Array.from({ length: 1 + random.below(most) }, () => random.pick(values));
}
