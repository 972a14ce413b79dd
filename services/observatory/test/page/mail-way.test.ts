import { expect, test } from 'vitest';
import type { Endpoint, Report } from '#shared/report.ts';

type Shown = Report & { readonly seq: number };
interface Way {
  readonly columns: readonly { place: string; name: string }[];
  readonly rungs: readonly {
    kind: string;
    from: number;
    to: number;
    isHit: boolean;
    because?: string;
    report: Shown;
  }[];
}
interface Letter {
  readonly id: string;
  readonly subject: string;
  readonly state: string;
}

// The browser's own files, as they are: they have types in comments, which this project's compiler reads in src/page.
const {
  lettersOf,
  wayOf,
}: {
  lettersOf: (reports: readonly Shown[]) => Letter[];
  wayOf: (
    chain: readonly { exchange: string; reports: readonly Shown[] }[],
    nameOf: (address: string) => string,
  ) => Way;
} = await import(new URL('../../src/page/mail-way.js', import.meta.url).href);

const NAMES: Readonly<Record<string, string>> = {
  '127.53.20.1': 'mail-crepes',
  '127.53.20.2': 'mail-hamburger',
  '127.53.4.1': 'resolver',
  '127.53.2.2': 'tld-edu',
  '127.0.0.1': 'this machine',
};
const nameOf = (address: string) => NAMES[address] ?? address;
const at = (address: string, port: number): Endpoint => ({ address, port });
const AGENT = at('127.0.0.1', 40_000);
const SUBMISSION = at('127.53.20.1', 587);
const CLIENT = at('127.53.20.1', 40_001);
const RELAY = at('127.53.20.2', 25);

let seq = 0;

function told(host: string, kind: string, summary: string, rest: Partial<Shown> = {}): Shown {
  seq += 1;
  return { seq, at: seq, host, program: 'mail', pid: 1, kind, exchange: `${host}.1`, summary, ...rest };
}

function decided(host: string, kind: string, id: string, rest: Partial<Shown> = {}): Shown {
  const message = {
    id,
    from: 'alice@crepes.fr',
    to: 'bob@hamburger.edu',
    subject: 'Dinner',
    messageId: '<1@crepes.fr>',
  };
  return told(host, kind, '', { message, ...rest });
}

/** A whole way: agent, server, the DNS server, the other server, mailbox. What both servers tell stands twice. */
function wholeWay(): Shown[] {
  return [
    told('mail-crepes', 'smtp.command', 'MAIL FROM:<alice@crepes.fr>', { from: AGENT, to: SUBMISSION }),
    told('mail-crepes', 'smtp.reply', '250 Accepted', { from: SUBMISSION, to: AGENT, because: 'her own address' }),
    decided('mail-crepes', 'mail.queued', 'a'),
    told('resolver', 'dns.query', 'hamburger.edu MX?', { from: CLIENT, to: at('127.53.4.1', 53) }),
    told('resolver', 'dns.query', 'hamburger.edu MX?', { from: at('127.53.4.1', 9), to: at('127.53.2.2', 53) }),
    told('resolver', 'dns.response', 'hamburger.edu MX: 1 record', { from: at('127.53.4.1', 53), to: CLIENT }),
    told('mail-crepes', 'smtp.command', 'DATA', { from: CLIENT, to: RELAY }),
    told('mail-hamburger', 'smtp.command', 'DATA', { from: CLIENT, to: RELAY }),
    told('mail-crepes', 'smtp.data', '12 octets of mail data', { from: CLIENT, to: RELAY }),
    told('mail-hamburger', 'smtp.data', '11 octets of mail data', { from: CLIENT, to: RELAY }),
    decided('mail-hamburger', 'mail.queued', 'b'),
    told('mail-hamburger', 'smtp.reply', '250 Queued', { from: RELAY, to: CLIENT, because: 'it is on disk' }),
    told('mail-crepes', 'smtp.reply', '250 Queued', { from: RELAY, to: CLIENT }),
    decided('mail-crepes', 'mail.delivered', 'a'),
    decided('mail-hamburger', 'mail.delivered', 'b'),
  ];
}

const wayOfAll = (reports: readonly Shown[]) => wayOf([{ exchange: 'x', reports }], nameOf);

test('MAIL-06 the way of a message is drawn from agent to server to server, each with a column, in the order of time', () => {
  const { columns, rungs } = wayOfAll(wholeWay());
  expect(columns.map(({ place, name }) => `${place} ${name}`)).toEqual([
    ...['agent this machine', 'server mail-crepes', 'dns resolver', 'server mail-hamburger'],
  ]);
  expect(rungs.map(({ kind, from, to, report }) => `${kind} ${from}>${to} ${report.summary || report.kind}`)).toEqual([
    'query 0>1 MAIL FROM:<alice@crepes.fr>',
    'reply 1>0 250 Accepted',
    'mark 1>1 mail.queued',
    'query 1>2 hamburger.edu MX?',
    'reply 2>1 hamburger.edu MX: 1 record',
    'query 1>3 DATA',
    'query 1>3 12 octets of mail data',
    'mark 3>3 mail.queued',
    'reply 3>1 250 Queued',
    'mark 1>1 mail.delivered',
    'mark 3>3 mail.delivered',
  ]);
});

test('what two hosts tell of one message is one rung, with the reason of the one who had it', () => {
  const { rungs } = wayOfAll(wholeWay());
  expect(rungs.find(({ report }) => report.summary === '250 Queued')?.because).toBe('it is on disk');
});

test('the same line said twice is two rungs, although two hosts tell of each', () => {
  const twice = [1, 2].flatMap(() => [
    told('mail-crepes', 'smtp.command', 'DATA', { from: CLIENT, to: RELAY }),
    told('mail-hamburger', 'smtp.command', 'DATA', { from: CLIENT, to: RELAY }),
  ]);
  expect(wayOfAll(twice).rungs).toHaveLength(2);
});

test('a server that refuses a message is a mail server all the same', () => {
  const refused = [
    told('mail-crepes', 'smtp.command', 'RCPT TO:<nobody@hamburger.edu>', { from: CLIENT, to: RELAY }),
    told('mail-crepes', 'smtp.reply', '550 5.1.1 No such user here', { from: RELAY, to: CLIENT }),
    decided('mail-crepes', 'mail.failed', 'a'),
  ];
  expect(wayOfAll(refused).columns.map(({ place }) => place)).toEqual(['server', 'server']);
});

test.each([
  ['moving', ['mail.queued', 'mail.sending']],
  ['waiting', ['mail.queued', 'mail.sending', 'mail.deferred']],
  ['moving', ['mail.queued', 'mail.sending', 'mail.deferred', 'mail.sending']],
  ['failed', ['mail.queued', 'mail.sending', 'mail.failed', 'mail.removed']],
  ['delivered', ['mail.queued', 'mail.sending', 'mail.delivered', 'mail.removed']],
] as const)('MAIL-04 a message is "%s" after %j', (state, kinds) => {
  const [letter] = lettersOf(kinds.map((kind) => decided('mail-crepes', kind, 'a')));
  expect(letter).toMatchObject({ id: '<1@crepes.fr>', subject: 'Dinner', state });
});

test('a message is in the mailbox when its last server says so, not when the first has passed it on', () => {
  const all = wholeWay();
  expect(lettersOf(all.slice(0, -1))[0]?.state).toBe('moving');
  expect(lettersOf(all)[0]?.state).toBe('delivered');
  expect(lettersOf(all)).toHaveLength(1);
});
