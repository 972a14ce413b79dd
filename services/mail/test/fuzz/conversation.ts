import { setImmediate as turn } from 'node:timers/promises';
import { Random } from '#shared/http/test/fuzz/random.ts';
import type { Protocol } from './dialogues.ts';
import type { FuzzCase } from './fuzz-case.ts';
import { type Fault, judgeAnswers } from './judge-answers.ts';
import { Talk } from './talk.ts';

/** How a conversation went. */
export interface Conversed {
  readonly heard: string;
  /** Whether the client went away, so that an answer may have been lost. */
  readonly hasLeft: boolean;
  readonly fault: { readonly kind: string; readonly because: string } | null;
}

/** How long a step's answer is waited for, in milliseconds: what was changed may have none. */
const STEP_MS = 80;
/** How long a server may take for a greeting, a handshake, and to close what was ended, in milliseconds. */
const ANSWER_MS_MAX = 60_000;
/** How long it may go on answering what it was asked, in milliseconds. */
const WORK_MS_MAX = 120_000;
/** The same as the first where it may rightly wait for the rest of a literal, until our side ends. */
const LITERAL_MS = 300;
/** How long an answer to what was injected before TLS would take, in milliseconds. */
const INJECTED_MS = 40;

/** How each protocol begins TLS, with what may not be answered after it, and how a session ends whatever state it is in. */
const WORDS: Readonly<Record<Protocol, { upgrade: readonly string[]; injected: string; ends: readonly string[] }>> = {
  smtp: {
    upgrade: ['EHLO tls.example\r\n', 'STARTTLS\r\n'],
    injected: 'NOOP\r\n',
    ends: ['\r\n.\r\n', '*\r\n', 'RSET\r\n', 'QUIT\r\n'],
  },
  pop3: { upgrade: ['STLS\r\n'], injected: 'CAPA\r\n', ends: ['\r\n', '*\r\n', 'QUIT\r\n'] },
  imap: { upgrade: ['t1 STARTTLS\r\n'], injected: 't2 NOOP\r\n', ends: ['\r\n*\r\n', 'DONE\r\n', 'zz LOGOUT\r\n'] },
};

/** Leads the conversation of a case to its end: the server closes, or we do and it follows. */
export async function converse(one: FuzzCase, address: string, localAddress: string): Promise<Conversed> {
  const { protocol, port, tls } = one.door;
  const random = new Random(one.seed ^ 0x5bd1_e995);
  const talk = new Talk({ address, port }, localAddress);
  const result = (kind: string | null, because = ''): Conversed => ({
    heard: talk.heard,
    hasLeft: one.leaves,
    fault: kind === null ? null : { kind, because },
  });
  try {
    if (tls === 'implicit' && !(await talk.startTls())) return result('no TLS', 'the handshake failed');
    if ((one.isPatient || tls === 'upgrade') && !(await talk.answer(ANSWER_MS_MAX)))
      return result('no greeting', `nothing came in ${ANSWER_MS_MAX} ms`);
    if (tls === 'upgrade') {
      const fault = await upgrade(talk, protocol, random);
      if (fault !== null) return result('TLS', fault);
    }
    for (const { text, waits } of one.steps) {
      await sayInPieces(talk, text, random);
      if (waits) await talk.answer(STEP_MS);
    }
    if (one.leaves) return result(null);
    const ended = await end(talk, protocol, one);
    if (ended !== null) return result('not closed', ended);
    const fault = judgeAnswers(protocol, talk.heard);
    return fault === null ? result(null) : result('malformed answer', fault);
  } finally {
    talk.break();
  }
}

/** RFC 3207, section 6: what came before the handshake is forgotten. */
async function upgrade(talk: Talk, protocol: Protocol, random: Random): Promise<Fault> {
  const { upgrade, injected } = WORDS[protocol];
  const injects = random.once(4);
  for (const [at, text] of upgrade.entries()) {
    const isLast = at === upgrade.length - 1;
    talk.say(isLast && injects ? text + injected : text);
    if (!(await talk.answer(ANSWER_MS_MAX))) return `${text.trim()} was not answered`;
  }
  if (talk.heard.trimEnd().split('\r\n').length > 20) return 'too much was said';
  if (!(await talk.startTls())) return injects ? null : 'the handshake failed';
  if (!injects) return null;
  await talk.answer(INJECTED_MS);
  return talk.heard === '' ? null : `what came before TLS was answered after it: ${JSON.stringify(talk.heard)}`;
}

async function sayInPieces(talk: Talk, text: string, random: Random): Promise<void> {
  const cuts = random.once(10) ? Math.min(text.length, 200) : random.once(4) ? 1 + random.below(4) : 0;
  const places = Array.from({ length: cuts }, () => random.below(text.length + 1)).sort((one, other) => one - other);
  let from = 0;
  for (const place of [...places, text.length]) {
    talk.say(text.slice(from, place));
    from = place;
    if (cuts > 0) await turn();
  }
}

async function end(talk: Talk, protocol: Protocol, one: FuzzCase): Promise<Fault> {
  for (const text of WORDS[protocol].ends) {
    talk.say(text);
    await talk.answer(STEP_MS);
  }
  const awaitsLiteral = protocol === 'imap' && one.steps.some(({ text }) => text.includes('{'));
  if (await untilEnded(talk, awaitsLiteral ? LITERAL_MS : ANSWER_MS_MAX)) return null;
  talk.end();
  if (!(await untilEnded(talk, ANSWER_MS_MAX)))
    return `the connection was silent and open ${ANSWER_MS_MAX} ms after our end`;
  return awaitsLiteral ? null : `the end of the session was not answered in ${ANSWER_MS_MAX} ms`;
}

/** Waits until the server closes; as long as it answers it has so much more time, up to a limit. */
async function untilEnded(talk: Talk, msMax: number): Promise<boolean> {
  const deadline = performance.now() + WORK_MS_MAX;
  while (!talk.isEnded && performance.now() < deadline) {
    const before = talk.heard.length;
    await talk.until((heard) => heard.length > before, msMax);
    if (talk.heard.length === before) break;
  }
  return talk.isEnded;
}
