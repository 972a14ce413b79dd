import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { extendedErrorsOf } from '#shared/dns/extended-error.ts';
import type { Message, Question, ResourceRecord } from '#shared/dns/message.ts';
import { formatHostname, formatName, parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { CLASS, formatRcode, formatType, parseType, RCODE } from '#shared/dns/registry.ts';
import { record } from '#shared/dns/test/records.ts';
import { FAULTS } from './faults.ts';
import { type Directive, directivesOf, type Scenario } from './parse-scenario.ts';
import { type Answered, type SimulatedServer, Simulation } from './simulation.ts';
import { parseZone } from './zone-server.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** Performs a scenario and its expectations. */
export function runScenario({ directives }: Scenario): void {
  const simulation = new Simulation();
  const runner = new Runner(simulation);
  for (const directive of directives) runner.perform(directive);
}

/** Puts the servers of the file `name`.world into a simulation. */
export function useWorld(simulation: Simulation, name: string): void {
  new Runner(simulation).perform({ line: 0, word: 'USE', arguments: [name], body: [] });
}

class Runner {
  readonly #world: Simulation;
  #server: SimulatedServer | undefined;

  constructor(world: Simulation) {
    this.#world = world;
  }

  perform(directive: Directive): void {
    const [first = '', second = '', third = ''] = directive.arguments;
    switch (directive.word) {
      case 'USE': {
        const text = readFileSync(new URL(`../${first}.world`, import.meta.url), 'utf8');
        for (const one of directivesOf(text)) this.perform(one);
        return;
      }
      case 'SET':
        this.#set(first, second);
        return;
      case 'SERVER':
        this.#server = this.#world.server(first);
        return;
      case 'ZONE':
        this.#server!.zones.push(parseZone(first, directive.body));
        return;
      case 'REPLY':
        this.#server!.replies.push({ matches: matcher(first, second), reply: replyByHand(directive.body) });
        return;
      case 'CHANGE': {
        const server = this.#world.server(first);
        const changed = parseZone(second, directive.body);
        const others = server.zones.filter(({ origin }) => formatName(origin) !== formatName(changed.origin));
        server.zones = [...others, changed];
        return;
      }
      case 'DOES':
        if (!Object.hasOwn(FAULTS, second)) throw new Error(`line ${directive.line}: there is no fault "${second}"`);
        this.#world.server(first).fault = second;
        return;
      case 'DELAY':
        this.#world.server(first).delayMs = Number(second);
        return;
      case 'PASS':
        this.#world.pass(Number(first) * UNITS[second]!);
        return;
      case 'ASK':
        this.#ask(directive);
        return;
      case 'CACHE': {
        const known = this.#world.cache.rrset(parseName(first), parseType(second), this.#world.now);
        expect(known?.rank ?? 'nothing', where(directive)).toBe(third);
        return;
      }
      default:
        throw new Error(`line ${directive.line}: there is no directive ${directive.word}`);
    }
  }

  #set(setting: string, value: string): void {
    const { settings } = this.#world;
    if (setting === 'stale') settings.staleS = Number(value);
    else if (setting === 'cache') settings.cacheBytes = Number(value);
    else if (setting === 'minimise' || setting === 'prefetch' || setting === 'prime')
      settings[setting] = value === 'yes';
    else throw new Error(`there is no setting ${setting}`);
  }

  #ask(directive: Directive): void {
    const [first = ''] = directive.arguments;
    const times = /^(\d+)x$/.exec(first)?.[1];
    const [name, type, ...options] = times === undefined ? directive.arguments : directive.arguments.slice(1);
    const question: Question = { qname: parseName(name!), qtype: parseType(type!), qclass: CLASS.IN };
    const given = new Map(options.map((option) => option.split('=') as [string, string]));
    const from = this.#world.asked.length;
    const tickets = Array.from({ length: Number(times ?? 1) }, () =>
      this.#world.ask(question, {
        rd: given.get('rd') !== '0',
        edns: given.get('edns') !== '0',
        dnssecOk: given.get('do') === '1',
        ...(given.has('from') ? { from: given.get('from')! } : {}),
      }),
    );
    for (const ticket of tickets) {
      const answered = this.#world.until(ticket);
      check(directive, answered, this.#world.asked.slice(from));
    }
  }
}

function check(directive: Directive, { response, because, elapsedMs }: Answered, asked: readonly string[]): void {
  const place = `${where(directive)}: ${because}; asked ${asked.join(', ')}`;
  const expected = Map.groupBy(directive.body, (line) => line.trim().split(/\s+/)[0]!);
  const rest = (word: string) => (expected.get(word) ?? []).map((line) => line.trim().slice(word.length).trim());
  for (const section of ['answer', 'authority', 'additional'] as const) {
    const lines = rest(section);
    if (lines.length > 0)
      expect(response[section].map(formatRecord).toSorted(), place).toEqual(lines.map(inFull).toSorted());
  }
  for (const rcode of rest('rcode')) expect(formatRcode(response.rcode), place).toBe(rcode);
  const errors = rest('error').map(Number);
  const seen = extendedErrorsOf(response).map(({ infoCode }) => infoCode);
  if (errors.length > 0) expect(seen, place).toEqual(expect.arrayContaining(errors));
  for (const flag of rest('flag')) checkFlag(flag, response, place);
  for (const nothing of rest('no')) {
    if (nothing === 'error') expect(seen, place).toEqual([]);
    else expect(response[nothing as 'answer'], place).toEqual([]);
  }
  for (const count of rest('queries')) {
    if (count.startsWith('<=')) expect(asked.length, place).toBeLessThanOrEqual(Number(count.slice(2)));
    else expect(asked.length, place).toBe(Number(count));
  }
  if (expected.has('asked'))
    expect(asked, place).toEqual(rest('asked').map((line) => expect.stringMatching(globOf(line))));
  for (const ms of rest('within')) expect(elapsedMs, place).toBeLessThanOrEqual(Number(ms));
  for (const ms of rest('at')) expect(elapsedMs, place).toBe(Number(ms));
  for (const words of rest('because')) expect(because).toContain(words);
  const known = /^(answer|authority|additional|rcode|error|flag|no|queries|asked|within|at|because)$/;
  expect(
    [...expected.keys()].filter((word) => !known.test(word)),
    `${where(directive)}: unknown words`,
  ).toEqual([]);
}

function checkFlag(flag: string, response: Message, place: string): void {
  const [, not, name] = /^(!?)(\w+)$/.exec(flag)!;
  const value = name === 'do' ? response.edns?.dnssecOk === true : response[name as 'ra'];
  expect(value, `${place}: ${flag}`).toBe(not === '');
}

/** `www.cnn.com. 60 A 192.0.2.1` with its class, as `formatRecord` writes it. */
function inFull(line: string): string {
  return formatRecord(record(line));
}

/** `*` stands for anything: which of two equal servers is asked is a matter of chance. */
function globOf(text: string): RegExp {
  return new RegExp(`^${text.replaceAll('.', '\\.').replaceAll('*', '.*')}$`, 'i');
}

function matcher(name: string, type: string): (question: Question) => boolean {
  const pattern = globOf(name);
  return ({ qname, qtype }) => pattern.test(formatHostname(qname)) && (type === '*' || formatType(qtype) === type);
}

function replyByHand(body: readonly string[]): (question: Question) => Partial<Message> {
  return ({ qname }) => {
    const section = (name: string): ResourceRecord[] =>
      body
        .filter((line) => line.trim().startsWith(`${name} `))
        .map((line) => record(line.trim().slice(name.length).trim().replaceAll('@', formatName(qname))));
    const rcode = body.map((line) => /^\s*rcode (\w+)/.exec(line)?.[1]).find((word) => word !== undefined);
    return {
      aa: body.some((line) => line.trim() === 'aa'),
      rcode: rcode === undefined ? RCODE.NOERROR : RCODE[rcode as keyof typeof RCODE],
      ...{ answer: section('answer'), authority: section('authority'), additional: section('additional') },
    };
  };
}

function where({ line, word, arguments: words }: Directive): string {
  return `line ${line}: ${word} ${words.join(' ')}`;
}
