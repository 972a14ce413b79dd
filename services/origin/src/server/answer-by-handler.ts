import { type Field, type Fields, hasField } from '#shared/http/fields.ts';
import { reasonPhrase } from '#shared/http/status.ts';
import { type Aim, type Exchange, ownFields, sendOctets, writtenAuthority } from './exchange.ts';
import { readWhole } from './read-whole.ts';

/** Methods that a site's program is asked for. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST']);
const HTML: Field = ['Content-Type', 'text/html; charset=utf-8'];

/** Lets the program of a site answer, where it has one; false: the documents answer. */
export async function answerByHandler(exchange: Exchange, aim: Aim): Promise<boolean> {
  const { request, incoming, now } = exchange;
  const handler = exchange.origin.handlers.get(aim.site.name);
  if (handler === undefined || !METHODS.has(request.method)) return false;
  const answer = await handler.answer({
    method: request.method,
    path: aim.target,
    fields: request.fields,
    now,
    secure: incoming.secure,
    authority: writtenAuthority(exchange, aim.authority),
    client: incoming.ends[1].address,
    readBody: (octetsMax) => readWhole(incoming, octetsMax),
  });
  if (answer === null) return false;
  const type = hasField(answer.fields, 'Content-Type') || answer.body === '' ? [] : [HTML];
  const fields: Fields = [...ownFields(exchange), ...type, ...answer.fields];
  const { status, because } = answer;
  await sendOctets(exchange, status, reasonPhrase(status), fields, { octets: Buffer.from(answer.body), because });
  return true;
}
