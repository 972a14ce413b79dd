/** What was seen in a step against what was expected: the first thing that differs, as a sentence. */
import { type Fields, fieldValue } from '#shared/http/fields.ts';
import type { Expect, Match } from './case.ts';
import type { Answered } from './client.ts';
import type { Message } from './message.ts';
import type { Stage } from './origin.ts';

/** The moments that expected fields name, put in. */
function timed(expect: Expect, stage: Stage): Expect {
  const put = ([name, match]: [string, Match]) => [name, typeof match === 'string' ? stage.timed(match) : match];
  return { ...expect, fields: Object.fromEntries(Object.entries(expect.fields ?? {}).map(put)) };
}

/** What happened in one step, on both sides of the cache. */
export interface Seen {
  readonly answers: readonly Answered[];
  readonly asked: readonly Message[];
}

/** Null where all is as expected. Bodies are known by the name of the stage. */
export function complaint(expect: Expect, seen: Seen, stage: Stage): string | null {
  return (
    complaintOfOrigin(expect, seen.asked) ??
    seen.answers
      .map((answered) => complaintOfAnswer(timed(expect, stage), answered, stage.name))
      .find((text) => text !== null) ??
    (expect.distinct && !areDistinct(seen.answers) ? 'two clients got the same response' : null)
  );
}

function complaintOfOrigin(expect: Expect, requests: readonly Message[]): string | null {
  const { asked, askedWith = {}, askedBody, neverAsked, neverWhole } = expect;
  if (asked === true && requests.length === 0) return 'the origin was not asked';
  if (asked === false && requests.length > 0) return `the origin was asked: ${requests[0]!.startLine}`;
  if (typeof asked === 'number' && requests.length !== asked)
    return `the origin was asked ${requests.length} times, not ${asked}`;
  const smuggled = neverAsked && requests.find(({ startLine }) => neverAsked.test(startLine));
  if (smuggled) return `the origin was asked: ${smuggled.startLine}`;
  if (neverWhole && requests.some(({ isWhole }) => isWhole)) return 'the origin got a whole request';
  const [first] = requests;
  if (first === undefined) return null;
  const [method = '', target = ''] = first.startLine.split(' ');
  const special: Readonly<Record<string, string>> = { ':method': method, ':path': target };
  for (const [field, match] of Object.entries(askedWith)) {
    const value = special[field] ?? fieldValue(first.fields, field);
    if (!matches(value, match)) return `the origin was asked with ${field}: ${shown(value)}, not ${told(match)}`;
  }
  return askedBody === undefined || matches(first.body, askedBody)
    ? null
    : `the origin got the body ${shown(first.body)}, not ${told(askedBody)}`;
}

function complaintOfAnswer(expect: Expect, answered: Answered, name: string): string | null {
  const { message, status } = answered;
  const statuses = expect.status === undefined ? null : [expect.status].flat();
  if (statuses !== null && !statuses.includes(status)) return `the status is ${status}, not ${statuses.join(' or ')}`;
  return (
    complaintOfBody(expect, message, name) ??
    complaintOfFields('', message.fields, expect.fields) ??
    complaintOfFields('trailer ', message.trailers, expect.trailers) ??
    complaintOfConnection(expect, answered)
  );
}

function complaintOfBody({ body, notBody }: Expect, message: Message, name: string): string | null {
  const ofStep = (step: number) => message.body.startsWith(`${name}#${step}.`);
  if (notBody !== undefined && ofStep(notBody)) return `the body is that of step ${notBody}`;
  if (body === undefined) return null;
  if (typeof body === 'number')
    return ofStep(body) ? null : `the body is ${shown(message.body)}, not that of step ${body}`;
  return matches(message.body, body) ? null : `the body is ${shown(message.body)}, not ${told(body)}`;
}

function complaintOfFields(
  kind: string,
  fields: Fields,
  expected: Readonly<Record<string, Match>> = {},
): string | null {
  for (const [field, match] of Object.entries(expected)) {
    const value = fieldValue(fields, field);
    if (!matches(value, match)) return `${kind}${field} is ${shown(value)}, not ${told(match)}`;
  }
  return null;
}

function complaintOfConnection(expect: Expect, answered: Answered): string | null {
  const { informed, broken, noticed, closes, further, without } = expect;
  if (informed !== undefined && informed.join() !== answered.informed.join())
    return `interim answers are [${answered.informed.join()}], not [${informed.join()}]`;
  const bodies = answered.further.map(({ body }) => body);
  if (further !== undefined && further.join() !== bodies.join())
    return `the further bodies are ${shown(bodies.join())}`;
  const lines = [answered.message.startLine, ...answered.message.fields.map(([name, value]) => `${name}: ${value}`)];
  if (without?.test(lines.join('\n'))) return `the head has what it must not: ${without}`;
  if (broken !== undefined && answered.message.isWhole === broken)
    return broken ? 'the answer comes to its end' : 'the answer breaks off';
  if (noticed && answered.message.isWhole && answered.status < 500)
    return 'the client cannot see that octets are missing';
  if (closes !== undefined && answered.closes !== closes)
    return closes ? 'the connection stays open' : 'the connection is closed';
  return null;
}

function areDistinct(answers: readonly Answered[]): boolean {
  return new Set(answers.map(({ message }) => message.body)).size === answers.length;
}

function matches(value: string | undefined, match: Match): boolean {
  if (match === null) return value === undefined || value === '';
  if (match instanceof RegExp) return match.test(value ?? '');
  if (value === undefined) return false;
  if (typeof match === 'string') return value === match;
  const [min, max] = match;
  return /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max;
}

function shown(value: string | undefined): string {
  return value === undefined ? '(absent)' : JSON.stringify(value.slice(0, 120));
}

function told(match: Match): string {
  if (match === null) return '(absent)';
  return Array.isArray(match) ? `${match[0]} to ${match[1]}` : String(match);
}
