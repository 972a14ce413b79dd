/**
 * npm run compare -- dns [-v]: some hundreds of questions to our authoritative server, to NSD and to BIND, which serve the same
 * zones (bench/compare-dns/zones), and what differs. A difference is explained in differences.ts, or is a fault.
 */
import type { Endpoint } from '#shared/report.ts';
import { explanationOf } from './differences.ts';
import { exchangeTcp, exchangeUdp } from './exchange.ts';
import { type Asked, questions } from './questions.ts';
import { factsOf, type Seen, UNREADABLE } from './seen.ts';
import { startServers } from './servers.ts';
import { compareZoneFiles } from './zone-files.ts';

/** How long a reply is waited for, in milliseconds: on loopback, what has not come by then is not sent. */
const WAIT_MS = 400;

/** Facts of one kind that are printed for a question. */
const FACTS_MAX = 6;

const NAMES = ['topdown', 'nsd', 'named'] as const;
type Answers = Readonly<Record<(typeof NAMES)[number], Seen>>;

/** Whether every difference is explained. */
export async function compareDns(words: readonly string[]): Promise<boolean> {
  const isVerbose = words.includes('-v');
  const areFilesAlike = await compareZoneFiles(isVerbose);
  const areAnswersAlike = await compareAnswers(isVerbose);
  return areFilesAlike && areAnswersAlike;
}

async function compareAnswers(isVerbose: boolean): Promise<boolean> {
  const servers = await startServers();
  const asked = questions();
  const counts = { same: 0, explained: 0, unexplained: 0 };
  try {
    for (const question of asked) {
      const [topdown, nsd, named] = await Promise.all(NAMES.map((name) => seenAt(servers[name], question)));
      const answers = { topdown: topdown!, nsd: nsd!, named: named! };
      const judged = judge(question, answers);
      counts[judged.kind] += 1;
      if (judged.kind === 'unexplained' || (isVerbose && judged.kind !== 'same')) print(question, answers, judged);
    }
  } finally {
    await servers.stop();
  }
  const { same, explained, unexplained } = counts;
  process.stdout.write(
    `${asked.length} questions: ${same} answered alike by all three, ` +
      `${explained} otherwise for a reason that is written down, ${unexplained} unexplained\n`,
  );
  return unexplained === 0;
}

async function seenAt(server: Endpoint, { octets, transport }: Asked): Promise<Seen> {
  if (transport === 'tcp') return factsOf(await exchangeTcp(server, octets, WAIT_MS));
  const reply = await exchangeUdp(server, octets, WAIT_MS);
  return factsOf(reply === null ? [] : [reply]);
}

interface Judged {
  readonly kind: 'same' | 'explained' | 'unexplained';
  readonly because: string;
}

function judge(question: Asked, { topdown, nsd, named }: Answers): Judged {
  const isSame = (one: Seen, other: Seen) => one.join('\n') === other.join('\n');
  const doOthersAgree = isSame(nsd, named);
  if (doOthersAgree && isSame(topdown, nsd)) return { kind: 'same', because: '' };
  const because = topdown.some((fact) => fact.startsWith(UNREADABLE))
    ? undefined
    : explanationOf(question.text, doOthersAgree);
  return because === undefined ? { kind: 'unexplained', because: '' } : { kind: 'explained', because };
}

function print(question: Asked, answers: Answers, { kind, because }: Judged): void {
  process.stdout.write(`${question.text}   [${kind}] ${because}\n`);
  const all = new Set(NAMES.flatMap((name) => answers[name]));
  const facts = Map.groupBy(all, (fact) => NAMES.filter((name) => answers[name].includes(fact)).join(' and '));
  facts.delete(NAMES.join(' and '));
  for (const [who, seen] of facts) {
    for (const fact of seen.slice(0, FACTS_MAX)) process.stdout.write(`    ${who.padEnd(18)} ${fact}\n`);
    if (seen.length > FACTS_MAX) process.stdout.write(`    ${who.padEnd(18)} and ${seen.length - FACTS_MAX} more\n`);
  }
}
