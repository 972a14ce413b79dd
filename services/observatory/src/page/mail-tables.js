import { element } from './element.js';
import { fill, words } from './language.js';
import { recordTable } from './record-table.js';

/** @typedef {{ address: string, kind: 'waiting' | 'delivered' | 'failed', tries?: number, dueAt?: number, lastReply?: string | null }} QueuedRecipient */
/**
 * @typedef {object} QueuedMessage
 * @property {string} id
 * @property {string} from empty for a report, which has nobody to go back to
 * @property {string | null} subject
 * @property {boolean} [isHeld]
 * @property {QueuedRecipient[]} recipients
 */
/** @typedef {{ new: number, cur: number }} CountedMailbox messages that no program has taken up, and the others */
/** @typedef {{ client: string, account: string | null, phase: string }} Pop3Session */
/** @typedef {{ client: string, account: string | null, state: string, mailbox?: string | null }} ImapSession */

/** Messages of the queue that are drawn; the rest is counted. */
const MESSAGES_MAX = 50;
/** The phases of a POP3 session in their order: RFC 1939, section 3. */
const POP3_PHASES = ['authorization', 'transaction', 'update'];

/**
 * What waits, for whom, and how long still.
 * @param {readonly QueuedMessage[]} queue
 * @param {number} now lab time in milliseconds
 */
export function queueSection(queue, now) {
  const title = element('h3', '', fill(words.mail.queue, queue.length));
  if (queue.length === 0) return element('section', '', title, element('p', 'cut', words.mail.queueEmpty));
  const rows = queue
    .slice(0, MESSAGES_MAX)
    .map((message) => [
      element(
        'span',
        'plain',
        element('b', '', message.subject ?? words.mail.noSubject),
        '\n',
        message.from === '' ? '<>' : message.from,
      ),
      element('span', '', ...message.recipients.map(recipientOf)),
      element(
        'span',
        'plain',
        message.isHeld === true ? (words.mail.decisions.held ?? '') : dueOf(message.recipients, now),
      ),
    ]);
  const more = queue.length - rows.length;
  const rest = more > 0 ? [element('p', 'cut', fill(words.dns.cacheMore, more))] : [];
  return element('section', '', title, recordTable('queue', words.mail.queueColumns, rows), ...rest);
}

/** @param {QueuedRecipient} recipient */
function recipientOf({ address, kind, tries = 0, lastReply }) {
  const told = [tries === 0 ? words.mail.notTried : fill(words.mail.tries, tries), lastReply ?? '']
    .filter((text) => text !== '')
    .join('\n');
  const facts = kind === 'waiting' ? told : words.mail.states[kind];
  return element('span', 'recipient', element('b', '', address), '\n', element('i', '', facts));
}

/**
 * @param {readonly QueuedRecipient[]} recipients
 * @param {number} now
 */
function dueOf(recipients, now) {
  const due = recipients.flatMap(({ kind, dueAt }) => (kind === 'waiting' && dueAt !== undefined ? [dueAt] : []));
  const leftS = Math.ceil((Math.min(...due) - now) / 1_000);
  return due.length === 0 ? '–' : leftS <= 0 ? words.mail.now : fill(words.dns.seconds, leftS);
}

/** @param {Readonly<Record<string, CountedMailbox>>} mailboxes INBOX of each account */
export function mailboxSection(mailboxes) {
  const rows = Object.entries(mailboxes).map(([account, counted]) => [
    element('b', '', account),
    String(counted.new + counted.cur),
    String(counted.new),
  ]);
  return element(
    'section',
    '',
    element('h3', '', words.mail.mailboxes),
    recordTable('mailboxes', words.mail.mailboxColumns, rows),
  );
}

/**
 * Who reads mail at this moment: of POP3 the phase as a lamp, of IMAP the state.
 * @param {{ pop3?: readonly Pop3Session[], imap?: readonly ImapSession[] }} sessions
 */
export function sessionSection({ pop3 = [], imap = [] }) {
  const title = element('h3', '', words.mail.sessions);
  const rows = [
    ...pop3.map(({ client, account, phase }) => ['POP3', whoOf(client, account), lampsOf(phase)]),
    ...imap.map(({ client, account, state, mailbox }) => [
      'IMAP',
      whoOf(client, account),
      mailbox === undefined || mailbox === null ? state : `${state}\n${mailbox}`,
    ]),
  ];
  const told = rows.length === 0 ? element('p', 'cut', words.mail.sessionsNone) : table(rows);
  return element('section', '', title, told);
}

/** @param {readonly (readonly (string | Node)[])[]} rows */
function table(rows) {
  return recordTable('sessions', words.mail.sessionColumns, rows);
}

/**
 * @param {string} client
 * @param {string | null} account
 */
function whoOf(client, account) {
  return element('span', '', element('b', '', account ?? '?'), '\n', element('i', '', client));
}

/** @param {string} phase */
function lampsOf(phase) {
  const lamps = POP3_PHASES.map((name) => {
    const lamp = element('span', 'lamp', words.mail.phases[name] ?? name);
    if (name === phase) lamp.setAttribute('aria-current', 'step');
    return lamp;
  });
  return element('span', 'lamps', ...lamps);
}
