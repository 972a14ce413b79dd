import { fieldValue } from '#shared/http/fields.ts';
import { essenceOf } from '#shared/http/media-type.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { formPage } from '../page/form-page.ts';
import { boundaryOf, decodeFormMultipart } from '../protocol/form-multipart.ts';
import { decodeFormUrlencoded, FORM_FIELDS_MAX, type FormField } from '../protocol/form-urlencoded.ts';
import { type Exchange, say, sendPage } from './exchange.ts';
import { readWhole } from './read-whole.ts';

/** Longest body of a form, in octets. */
const FORM_OCTETS_MAX = 64 * 1024;

/** What a form may be sent as. */
const ACCEPTED = 'application/x-www-form-urlencoded, multipart/form-data';

/** Shows what a form has sent. Nothing of it is kept. */
export async function answerForm(exchange: Exchange): Promise<void> {
  const contentType = fieldValue(exchange.request.fields, 'Content-Type') ?? '';
  const decode = decoderFor(contentType);
  if (decode === null)
    return say(exchange, 415, `a form is sent as one of ${ACCEPTED}`, { fields: [['Accept', ACCEPTED]] });
  const octets = await readWhole(exchange.incoming, FORM_OCTETS_MAX);
  if (octets === null) return say(exchange, 413, `a form of more than ${FORM_OCTETS_MAX} octets is not taken`);
  const fields = decodeOrRefuse(() => decode(octets));
  if (typeof fields === 'string') return say(exchange, 400, fields);
  const page = formPage({ contentType, octets, fields });
  await sendPage(exchange, 200, page, 'the form was sent, and this is what it said', [['Cache-Control', 'no-store']]);
}

function decoderFor(contentType: string): ((octets: Uint8Array) => readonly FormField[] | null) | null {
  const essence = essenceOf(contentType);
  if (essence === 'application/x-www-form-urlencoded') return decodeFormUrlencoded;
  const boundary = essence === 'multipart/form-data' ? boundaryOf(contentType) : null;
  return boundary === null ? null : (octets) => decodeFormMultipart(octets, boundary);
}

function decodeOrRefuse(decode: () => readonly FormField[] | null): readonly FormField[] | string {
  try {
    return decode() ?? `the form has more than ${FORM_FIELDS_MAX} fields`;
  } catch (error) {
    if (error instanceof ProtocolViolation) return error.message;
    throw error;
  }
}
