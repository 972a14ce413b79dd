import { beforeEach, describe, expect, test } from 'vitest';
import { type Message, queryFor, responseTo } from '#shared/dns/message.ts';
import { formatHostname, parseName } from '#shared/dns/name-text.ts';
import { formatRdata } from '#shared/dns/rdata-text.ts';
import { CLASS, formatType, parseType, RCODE } from '#shared/dns/registry.ts';
import { record } from '#shared/dns/test/records.ts';
import { Cache } from '../../src/protocol/cache.ts';
import type { Input, Output } from '../../src/protocol/effects.ts';
import { parseHints } from '../../src/protocol/hints.ts';
import type { Resolution } from '../../src/protocol/resolution.ts';
import { Resolver } from '../../src/protocol/resolver.ts';
import { Servers } from '../../src/protocol/servers.ts';

/**
 * A simulated world: what each server replies is a line `SERVER NAME TYPE -> reply`, and the resolver's outputs are
 * performed at once. A server without a line is silent.
 */
type Reply = Partial<Message> | 'mismatched' | 'useless';
type Answers = (server: string, question: string, transport: string) => Reply | undefined;

const HINTS = '. 3600000 NS a.root.\n. 3600000 NS b.root.\na.root. 3600000 A 10.53.1.1\nb.root. 3600000 A 10.53.1.2\n';

let resolver: Resolver;
let cache: Cache;
let asked: string[];
let now: number;
let ticket: number;

beforeEach(() => {
  cache = new Cache({ bytes: 10_000_000, ttlSMax: 86_400, negativeTtlSMax: 3_600, staleSMax: 0 });
  resolver = new Resolver({
    ...{ cache, servers: new Servers(() => 0), hints: parseHints(HINTS, 'named.root', '10.53') },
    ...{ isMinimising: false, isPriming: false, isPrefetching: false },
  });
  asked = [];
  now = 0;
  ticket = 0;
});

/** Asks `question` of the resolver in a world of `answers`. */
function resolve(question: string, answers: Answers): Resolution {
  const [qname, qtype] = question.split(' ');
  const own = ticket++;
  const waiting: Input[] = [
    {
      kind: 'question',
      ticket: own,
      question: { qname: parseName(qname!), qtype: parseType(qtype!), qclass: CLASS.IN },
      exchange: 'client.1',
    },
  ];
  for (let input = waiting.shift(); input !== undefined; input = waiting.shift()) {
    for (const output of resolver.step(input, now)) {
      if (output.kind === 'answer' && output.ticket === own) return output.resolution;
      waiting.push(...performed(output, answers));
    }
  }
  throw new Error('the resolver waits for nothing and has no answer');
}

function performed(output: Output, answers: Answers): Input[] {
  if (output.kind === 'pause') return [{ kind: 'pause-over', job: output.job }];
  if (output.kind !== 'ask') return [];
  const { query, server, question, transport } = output;
  const text = `${formatHostname(question.qname)} ${formatType(question.qtype)}`;
  asked.push(`${server} ${text}${transport === 'tcp' ? ' tcp' : ''}`);
  const reply = answers(server, text, transport);
  if (reply === undefined) return [{ kind: 'silence', query, failure: 'silent' }];
  if (typeof reply === 'string') return [{ kind: 'silence', query, failure: reply }];
  const message = responseTo(queryFor(question, { id: 1, rd: false, edns: null }), reply);
  return [{ kind: 'reply', query, message, elapsedMs: 1 }];
}

/** A world from lines; records after `!` are an answer with authority, after `>` a referral. */
function world(lines: string): Answers {
  const replies = new Map<string, Partial<Message>>(
    lines
      .trim()
      .split('\n')
      .map((line) => {
        const [server, name, type, sign, ...rest] = line.trim().split(/\s+/);
        const records = rest
          .join(' ')
          .split('; ')
          .filter((text) => text !== '')
          .map(record);
        const referral = {
          authority: records.filter(({ rdata }) => rdata.kind === 'NS'),
          additional: records.filter(({ rdata }) => rdata.kind !== 'NS'),
        };
        return [`${server} ${name} ${type}`, sign === '!' ? { aa: true, answer: records } : referral] as const;
      }),
  );
  return (server, question) => replies.get(`${server} ${question}`);
}

const values = ({ answer }: Resolution) => answer.map(({ type, rdata }) => formatRdata(type, CLASS.IN, rdata));

describe('a resolution', () => {
  test('follows referrals by their glue', () => {
    const answers = world(`
      10.53.1.1 www.cnn.com A > com. 60 NS ns.com.; ns.com. 60 A 10.53.2.1
      10.53.2.1 www.cnn.com A > cnn.com. 60 NS ns.cnn.com.; ns.cnn.com. 60 A 10.53.3.1
      10.53.3.1 www.cnn.com A ! www.cnn.com. 60 A 192.0.2.1`);
    expect(values(resolve('www.cnn.com A', answers))).toEqual(['192.0.2.1']);
    expect(asked).toEqual(['10.53.1.1 www.cnn.com A', '10.53.2.1 www.cnn.com A', '10.53.3.1 www.cnn.com A']);
  });

  test('looks for a server whose address did not come along', () => {
    const answers = world(`
      10.53.1.1 www.cnn.com A > cnn.com. 60 NS ns.other.net.
      10.53.1.1 ns.other.net A ! ns.other.net. 60 A 10.53.3.1
      10.53.1.2 ns.other.net A ! ns.other.net. 60 A 10.53.3.1
      10.53.3.1 www.cnn.com A ! www.cnn.com. 60 A 192.0.2.1`);
    expect(values(resolve('www.cnn.com A', answers))).toEqual(['192.0.2.1']);
    expect(asked.at(-1)).toBe('10.53.3.1 www.cnn.com A');
  });

  test('ends where two zones need each other to be found', () => {
    const answers = world(`
      10.53.1.1 www.a.com A > a.com. 60 NS ns.b.com.
      10.53.1.2 www.a.com A > a.com. 60 NS ns.b.com.
      10.53.1.1 ns.b.com A > b.com. 60 NS ns.a.com.
      10.53.1.2 ns.b.com A > b.com. 60 NS ns.a.com.
      10.53.1.1 ns.a.com A > a.com. 60 NS ns.b.com.
      10.53.1.2 ns.a.com A > a.com. 60 NS ns.b.com.`);
    expect(resolve('www.a.com A', answers).rcode).toBe(RCODE.SERVFAIL);
    expect(asked.length).toBeLessThanOrEqual(10);
    expect(resolver.working).toBe(0);
  });

  test('asks for the target of an alias anew, and follows 12 links and no more', () => {
    const chain: Answers = (_server, question) => {
      const [name] = question.split(' ');
      const link = Number(name!.slice(1));
      return { aa: true, answer: [record(link === 12 ? 'c12. 60 A 192.0.2.1' : `c${link}. 60 CNAME c${link + 1}.`)] };
    };
    expect(resolve('c0 A', chain)).toMatchObject({ rcode: RCODE.NOERROR, answer: { length: 13 } });
    const endless: Answers = (_server, question) => {
      const link = Number(question.split(' ')[0]!.slice(1));
      return { aa: true, answer: [record(`d${link}. 60 CNAME d${link + 1}.`)] };
    };
    asked = [];
    expect(resolve('d0 A', endless).because).toMatch(/more than 12 aliases/);
    expect(asked.length).toBe(13);
  });

  test('ends at aliases that lead in a circle', () => {
    const answers = world(
      '10.53.1.1 a A ! a. 60 CNAME b.\n10.53.1.2 a A ! a. 60 CNAME b.\n10.53.1.1 b A ! b. 60 CNAME a.\n10.53.1.2 b A ! b. 60 CNAME a.',
    );
    expect(resolve('a A', answers)).toMatchObject({ rcode: RCODE.SERVFAIL, because: 'the aliases lead in a circle' });
    expect(asked.length).toBe(2);
  });

  test('takes the next server where one is silent, lame or talks nonsense', () => {
    for (const fault of [undefined, { rcode: RCODE.REFUSED }, 'useless'] as const) {
      const answers: Answers = (server, question) =>
        server === '10.53.1.2' ? { aa: true, answer: [record(`${question.split(' ')[0]}. 60 A 192.0.2.1`)] } : fault;
      expect(values(resolve(`n${asked.length} A`, answers))).toEqual(['192.0.2.1']);
    }
  });

  test('asks again over TCP where a reply was truncated, or did not match', () => {
    for (const first of [{ tc: true, aa: true }, 'mismatched'] as const) {
      asked = [];
      const name = typeof first === 'string' ? 'forged' : 'large';
      const answers: Answers = (_server, _question, transport) =>
        transport === 'tcp' ? { aa: true, answer: [record(`${name}. 60 A 192.0.2.1`)] } : first;
      expect(values(resolve(`${name} A`, answers))).toEqual(['192.0.2.1']);
      expect(asked).toEqual([expect.stringMatching(/A$/), expect.stringMatching(/A tcp$/)]);
    }
  });

  test('waits for servers that are a moment late', () => {
    let turns = 0;
    const answers: Answers = () => (turns++ < 4 ? undefined : { aa: true, answer: [record('late. 60 A 192.0.2.1')] });
    expect(values(resolve('late A', answers))).toEqual(['192.0.2.1']);
  });

  test('gives up when every server stays silent, and when all refuse', () => {
    expect(resolve('dead A', () => undefined)).toMatchObject({
      rcode: RCODE.SERVFAIL,
      because: 'no server of the root gives an answer',
    });
    expect(asked.length).toBeLessThanOrEqual(30);
    asked = [];
    expect(resolve('lame A', () => ({ rcode: RCODE.REFUSED })).rcode).toBe(RCODE.SERVFAIL);
    expect(asked.length).toBe(2);
  });

  test('of a name with sixty servers without addresses costs ten queries at most (NXNS attack)', () => {
    const ns = Array.from({ length: 60 }, (_, at) => record(`evil.com. 60 NS ns${at}.victim.com.`));
    const answers: Answers = (_server, question) =>
      question.startsWith('www.evil.com')
        ? { authority: ns }
        : { aa: true, rcode: RCODE.NXDOMAIN, authority: [record('victim.com. 60 SOA a. b. 1 1 1 1 60')] };
    expect(resolve('www.evil.com A', answers).rcode).toBe(RCODE.SERVFAIL);
    expect(asked.length).toBeLessThanOrEqual(10);
  });

  test('costs thirty queries at most, however the servers behave', () => {
    let zone = 0;
    const answers: Answers = (_server, question) => {
      zone += 1;
      const name = question.split(' ')[0]!;
      return {
        authority: [record(`${name}. 60 NS ns${zone}.x${zone}.`), record(`${name}. 60 NS ns${zone}.y${zone}.`)],
      };
    };
    expect(resolve('a.b.c.d.e A', answers).rcode).toBe(RCODE.SERVFAIL);
    expect(asked.length).toBeLessThanOrEqual(30);
    expect(resolver.working).toBe(0);
  });
});

describe('several askers', () => {
  const question = { qname: parseName('www.cnn.com'), qtype: 1, qclass: CLASS.IN };
  const clients = (count: number) =>
    Array.from({ length: count }, (_, at) =>
      resolver.step({ kind: 'question', ticket: at, question, exchange: `c.${at}` }, 0),
    ).flat();

  test('of the same question wait for one query (birthday attack)', () => {
    const outputs = clients(500);
    const asks = outputs.flatMap((output) => (output.kind === 'ask' ? [output] : []));
    expect(asks.length).toBe(1);
    const message = responseTo(queryFor(question, { id: 1, rd: false, edns: null }), {
      aa: true,
      answer: [record('www.cnn.com. 60 A 192.0.2.1')],
    });
    const after = resolver.step({ kind: 'reply', query: asks[0]!.query, message, elapsedMs: 1 }, 0);
    expect(after.filter(({ kind }) => kind === 'answer').length).toBe(500);
  });

  test('get SERVFAIL when the time is over, and the query is forgotten', () => {
    const [deadline] = clients(2).flatMap((output) => (output.kind === 'deadline' ? [output] : []));
    expect(deadline).toMatchObject({ ms: 5_000 });
    const outputs = resolver.step({ kind: 'too-late', job: deadline!.job }, 0);
    expect(outputs.map(({ kind }) => kind)).toEqual(['forget', 'closed', 'answer', 'answer']);
    expect(resolver.working).toBe(0);
  });
});

describe('the cache', () => {
  const answers = world(
    '10.53.1.1 www.cnn.com A ! www.cnn.com. 60 A 192.0.2.1\n10.53.1.2 www.cnn.com A ! www.cnn.com. 60 A 192.0.2.1',
  );

  test('answers until the TTL is over', () => {
    resolve('www.cnn.com A', answers);
    now = 59_000;
    expect(resolve('www.cnn.com A', answers)).toMatchObject({
      because: 'cached 59 s ago, 1 s left',
      answer: [{ ttl: 1 }],
    });
    expect(asked.length).toBe(1);
    now = 60_000;
    resolve('www.cnn.com A', answers);
    expect(asked.length).toBe(2);
  });

  test('keeps "no such name" and "no such data" apart', () => {
    const negative =
      (rcode: number): Answers =>
      () => ({ aa: true, rcode, authority: [record('cnn.com. 60 SOA a. b. 1 1 1 1 60')] });
    expect(resolve('no.cnn.com A', negative(RCODE.NXDOMAIN)).rcode).toBe(RCODE.NXDOMAIN);
    expect(resolve('here.cnn.com MX', negative(RCODE.NOERROR)).rcode).toBe(RCODE.NOERROR);
    expect(resolve('x.no.cnn.com MX', () => undefined)).toMatchObject({
      rcode: RCODE.NXDOMAIN,
      authority: [{ ttl: 60 }],
    });
    expect(resolve('here.cnn.com MX', () => undefined)).toMatchObject({
      rcode: RCODE.NOERROR,
      answer: [],
      authority: [{ ttl: 60 }],
    });
    expect(asked.length).toBe(2);
  });

  test('gives an answer whose TTL is 0 to who asked, and to nobody else', () => {
    const zero: Answers = () => ({ aa: true, answer: [record('zero. 0 A 192.0.2.1')] });
    expect(values(resolve('zero A', zero))).toEqual(['192.0.2.1']);
    resolve('zero A', zero);
    expect(asked.length).toBe(2);
  });

  test('takes nothing that a server says about zones of others', () => {
    const hostile: Answers = (server) =>
      server.startsWith('10.53.1.')
        ? { authority: [record('evil.com. 60 NS ns.evil.com.')], additional: [record('ns.evil.com. 60 A 10.53.66.1')] }
        : {
            aa: true,
            answer: [record('www.evil.com. 60 A 192.0.2.66'), record('www.bank.com. 60 A 192.0.2.66')],
            authority: [record('com. 60 NS ns.evil.com.'), record('bank.com. 60 NS ns.evil.com.')],
            additional: [record('www.bank.com. 60 A 192.0.2.66')],
          };
    resolve('www.evil.com A', hostile);
    const names = [...cache.all(0)].map(({ owner }) => formatHostname(owner));
    expect(names.every((name) => name.endsWith('evil.com'))).toBe(true);
  });
});
