/** Messages of several shapes, the same ones at every run: what a mailbox of somebody who reads lists and works with others looks like. */
import { Random } from '#shared/http/test/fuzz/random.ts';

/** How many shapes follow each other. */
const SHAPES = [plainText, plainText, listMail, alternative, withAttachment, alternative, nested, report] as const;
const PEOPLE = ['Ada Lovelace', 'Grace Hopper', 'Jürgen Groß', '김철수', 'Edsger W. Dijkstra', 'Radia Perlman', 'José'];
const WORDS =
  'packet router hamburger lecture exam network layer socket window segment router cache mirror origin mailbox header field'.split(
    ' ',
  );
/** A word in the subject of one message of 100, and one in the text of one of 100: what a search looks for. */
export const RARE_SUBJECT = 'perihelion';
export const RARE_TEXT = 'syzygy';
const RARE_TIMES = 100;
const LINE_WORDS = 10;
const DAY_MS = 86_400_000;
const FIRST_MS = Date.UTC(2026, 0, 5, 8);

/** Message `number` of a mailbox, with CRLF line ends. */
export function sampleMessage(number: number): string {
  const random = new Random(number + 1);
  const shape = SHAPES[number % SHAPES.length]!;
  return shape(number, random).replaceAll('\n', '\r\n');
}

/** When it arrived, in milliseconds. */
export function sampleArrival(number: number): number {
  return FIRST_MS + number * (DAY_MS / 20);
}

function plainText(number: number, random: Random): string {
  return `${head(number, random)}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n${text(number, random, 30)}`;
}

function listMail(number: number, random: Random): string {
  const hops = Array.from(
    { length: 6 },
    (_, hop) => `Received: from relay${hop}.example (relay${hop}.example [192.0.2.${hop}])
\tby relay${hop + 1}.example with ESMTPS id ${random.id()}
\tfor <net-list@crepes.fr>; ${date(number)}
`,
  );
  const references = Array.from({ length: 12 }, () => `<${random.id()}@example>`).join('\n ');
  const list = `List-Id: People who read RFCs <net-list.crepes.fr>\nList-Post: <mailto:net-list@crepes.fr>\nPrecedence: list\n`;
  return `${hops.join('')}${head(number, random)}${list}References: ${references}\nIn-Reply-To: <${random.id()}@example>\n\n${text(number, random, 60)}`;
}

function alternative(number: number, random: Random): string {
  const plain = text(number, random, 25);
  const html = `<html><body><p>${plain.replaceAll('\n', '<br>\n')}</p></body></html>\n`;
  const parts = [part('text/plain; charset=utf-8', '8bit', plain), part('text/html; charset=utf-8', '8bit', html)];
  return multipart(number, random, 'alternative', parts);
}

function withAttachment(number: number, random: Random): string {
  const octets = Array.from({ length: 9_000 }, () => random.below(256));
  const base64 = Buffer.from(octets).toString('base64').replace(/.{76}/g, '$&\n');
  const name = `application/pdf; name="lecture ${number}.pdf"\nContent-Disposition: attachment; filename="lecture ${number}.pdf"`;
  const parts = [part('text/plain', '7bit', 'The slides are attached.\n'), part(name, 'base64', `${base64}\n`)];
  return multipart(number, random, 'mixed', parts);
}

function nested(number: number, random: Random): string {
  const forwarded = alternative(number + 1, random);
  const parts = [part('text/plain', '7bit', text(number, random, 5)), part('message/rfc822', '8bit', forwarded)];
  return multipart(number, random, 'mixed', parts);
}

function report(number: number, random: Random): string {
  const status = `Reporting-MTA: dns; mail.hamburger.edu\n\nFinal-Recipient: rfc822; nobody@hamburger.edu\nAction: failed\nStatus: 5.1.1\n`;
  const parts = [
    part('text/plain', '7bit', 'Your message could not be delivered.\n'),
    part('message/delivery-status', '7bit', status),
    part('text/rfc822-headers', '7bit', head(number + 1, random)),
  ];
  return multipart(number, random, 'report; report-type=delivery-status', parts);
}

function head(number: number, random: Random): string {
  const rare = number % RARE_TIMES === 7 ? ` ${RARE_SUBJECT}` : '';
  const subject = `${words(random, 4)}${rare} ${number}`;
  const shown =
    number % 5 === 0 ? `=?utf-8?B?${Buffer.from(`문서 ${subject}`).toString('base64')}?=` : `Re: ${subject}`;
  return `Return-Path: <person${number % 97}@hamburger.edu>
Received: from mail.hamburger.edu (mail.hamburger.edu [192.0.2.25])
\tby mail.crepes.fr with ESMTP id ${random.id()}
\tfor <alice@crepes.fr>; ${date(number)}
From: ${person(random)} <person${number % 97}@hamburger.edu>
To: Alice <alice@crepes.fr>, ${person(random)} <colleague${random.below(50)}@crepes.fr>
Cc: "Staff, all" <staff@crepes.fr>
Subject: ${shown}
Date: ${date(number)}
Message-ID: <${number}.${random.id()}@hamburger.edu>
User-Agent: a bench
MIME-Version: 1.0
`;
}

function person(random: Random): string {
  const name = random.pick(PEOPLE);
  return /^[ -~]+$/.test(name) ? `"${name}"` : `=?utf-8?B?${Buffer.from(name).toString('base64')}?=`;
}

function multipart(number: number, random: Random, subtype: string, parts: readonly string[]): string {
  const boundary = `=_${random.id()}${random.id()}`;
  const [type = '', ...parameters] = subtype.split(';');
  const words = [...parameters.map((parameter) => `;${parameter}`), `;\n boundary="${boundary}"`].join('');
  const body = parts.map((one) => `--${boundary}\n${one}\n`).join('');
  return `${head(number, random)}Content-Type: multipart/${type}${words}\n\nThis is a message in MIME format.\n${body}--${boundary}--\n`;
}

function part(type: string, encoding: string, body: string): string {
  return `Content-Type: ${type}\nContent-Transfer-Encoding: ${encoding}\n\n${body}`;
}

function text(number: number, random: Random, lines: number): string {
  const rare = number % RARE_TIMES === 13 ? `It is a ${RARE_TEXT}.\n` : '';
  return Array.from({ length: 1 + random.below(2 * lines) }, () => `${words(random, LINE_WORDS)}.\n`).join('') + rare;
}

function words(random: Random, count: number): string {
  return Array.from({ length: count }, () => random.pick(WORDS)).join(' ');
}

function date(number: number): string {
  return new Date(sampleArrival(number)).toUTCString().replace('GMT', '+0000');
}
