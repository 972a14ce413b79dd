/**
 * Reads what a server has said as a strict client would: only what the protocol knows may come, and in its form. What was hostile in
 * the input must not be found between two answers.
 */
import type { Protocol } from './dialogues.ts';

/** What is wrong with the answers, or null. */
export type Fault = string | null;

/** Identities of the messages that the server has taken: "250 ... Queued as ID". */
export function acknowledged(text: string): string[] {
  return [...text.matchAll(/^250[ -].*Queued as (\S+)\r$/gm)].map(([, id = '']) => id);
}

/** The answers of a whole connection. An unfinished one at the end is no fault: the connection was cut there. */
export function judgeAnswers(protocol: Protocol, text: string): Fault {
  // What follows the beginning of TLS, to a client that goes on without, is an alert: RFC 8446, section 6.
  const alert = text.search(/\x15\x03[\x00-\x04]\x00/);
  const said = alert === -1 ? text : text.slice(0, alert);
  const judge = { smtp: judgeSmtp, pop3: judgePop3, imap: judgeImap }[protocol];
  return judge(said);
}

/** RFC 5321, section 4.2. */
function judgeSmtp(text: string): Fault {
  let open: string | null = null;
  for (const line of wholeLines(text)) {
    const [, code, sign] = /^([2-5]\d\d)([ -])[\x20-\x7e\x80-\xff]*$/.exec(line) ?? [];
    if (code === undefined) return `no reply: ${JSON.stringify(line)}`;
    if (open !== null && open !== code) return `a reply of several lines changes from ${open} to ${code}`;
    open = sign === '-' ? code : null;
  }
  return null;
}

/** RFC 1939, section 3. Lines of messages stand between the answers, so that little can be said of them. */
function judgePop3(text: string): Fault {
  const [first = ''] = wholeLines(text);
  if (first !== '' && !/^(\+OK|-ERR|\+)( |$)/.test(first)) return `no answer: ${JSON.stringify(first)}`;
  const bare = text.search(/(?<!\r)\n/);
  return bare === -1
    ? null
    : `a line ends with a bare LF: ${JSON.stringify(text.slice(Math.max(0, bare - 40), bare + 1))}`;
}

const UNTAGGED =
  /^\* ((OK|NO|BAD|BYE|PREAUTH) |(CAPABILITY|FLAGS|LIST|LSUB|SEARCH|ESEARCH|STATUS|ENABLED|ID|NAMESPACE|VANISHED|QUOTA|QUOTAROOT|XLIST)\b|\d+ (EXISTS|RECENT|EXPUNGE|FETCH))/;
const TAGGED = /^[^\s(){%*"\\\x00-\x1f\x7f+]+ (OK|NO|BAD) [\x20-\x7e\x80-\xff]*$/;

/** RFC 9051, section 7, and the form of its responses with literals. */
function judgeImap(text: string): Fault {
  let at = 0;
  while (at < text.length) {
    const response = responseAt(text, at);
    if (response === null) return null;
    const { words, end } = response;
    if (/[\r\n\0]/.test(words)) return `a bare CR or LF, or a NUL, in ${JSON.stringify(words.slice(0, 200))}`;
    if (!UNTAGGED.test(words) && !TAGGED.test(words) && !/^\+( |$)/.test(words))
      return `no response: ${JSON.stringify(words.slice(0, 200))}`;
    at = end;
  }
  return null;
}

/** The response at an offset with its literals left out; null where it is not whole. */
function responseAt(text: string, start: number): { words: string; end: number } | null {
  let words = '';
  let at = start;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd === -1) return null;
    const line = text.slice(at, lineEnd);
    words += line;
    // Only data has literals: the text of a tagged response may end as one does.
    const literal = words.startsWith('* ') ? /\{(\d+)\}$/.exec(line)?.[1] : undefined;
    if (literal === undefined) return { words, end: lineEnd + 2 };
    at = lineEnd + 2 + Number(literal);
    if (at > text.length) return null;
  }
}

function wholeLines(text: string): string[] {
  return text.split('\r\n').slice(0, -1);
}
