import { fieldValue } from '#shared/http/fields.ts';
import { reasonPhrase } from '#shared/http/status.ts';
import { chooseAnswer } from '../protocol/choose-answer.ts';
import { chooseCoding } from '../protocol/choose-coding.ts';
import { type DocumentPath, plainPath } from '../protocol/document-path.ts';
import { isText } from '../protocol/media-type.ts';
import { matchesPattern } from '../protocol/rule-lines.ts';
import { fieldsFor } from '../protocol/site-rules.ts';
import { CODED_OCTETS_MAX } from '../store/coded-documents.ts';
import { type Aim, count, type Exchange, finishing, ownFields, say, sayMoved } from './exchange.ts';
import { type Selected, selectVariant } from './select-variant.ts';
import { sendParts } from './send-parts.ts';

/** Shorter documents do not get shorter by a coding, in octets. */
const CODED_OCTETS_MIN = 256;

/** Answers GET and HEAD with the document that a path names, in the variant that suits the reader. */
export async function answerDocument(
  exchange: Exchange,
  aim: Aim,
  named: Extract<DocumentPath, { kind: 'path' }>,
): Promise<void> {
  const { documents } = exchange.origin;
  const found = await selectVariant(documents, aim, named, exchange.request.fields);
  if (found.kind === 'folder' && !named.folder)
    return sayMoved(exchange, 301, `${aim.path}/${aim.target.slice(aim.path.length)}`);
  if (found.kind !== 'selected') return say(exchange, 404, found.because);
  try {
    await sendDocument(exchange, { ...aim, path: plainPath(named) }, found);
  } finally {
    await found.document.handle.close();
  }
}

/** @param aim with the path in its plain spelling: what the rules say of a document does not depend on how a client writes it. */
async function sendDocument(exchange: Exchange, aim: Aim, selected: Selected): Promise<void> {
  const { request, now, origin, incoming } = exchange;
  const { document, mediaType } = selected;
  const codable =
    aim.rules.compressed.some((pattern) => matchesPattern(pattern, aim.path)) &&
    isText(mediaType) &&
    document.octets >= CODED_OCTETS_MIN &&
    document.octets <= CODED_OCTETS_MAX;
  const vary = codable ? [...selected.vary, 'Accept-Encoding'] : selected.vary;
  const choice = chooseCoding(fieldValue(request.fields, 'Accept-Encoding'), codable);
  if (choice.kind === 'not-acceptable')
    return say(exchange, 406, choice.because, {
      fields: [['Vary', [...new Set([...vary, 'Accept-Encoding'])].join(', ')]],
    });

  const coded = choice.kind === 'coded' ? await origin.coded.code(document, choice.coding) : null;
  const version = {
    octets: coded?.octets.length ?? document.octets,
    etag: coded?.etag ?? document.etag,
    modifiedMs: document.modifiedMs,
    mediaType,
    chosen:
      choice.kind === 'coded' ? [...selected.chosen, ['Content-Encoding', choice.coding] as const] : selected.chosen,
    vary,
    ruled: fieldsFor(await aim.site.fieldRules(), aim.path),
  };
  const answer = chooseAnswer(request, version, now);
  const because = [answer.because, ...selected.because].join('; ');
  if (answer.status === 412 || answer.status === 416)
    return say(exchange, answer.status, because, { fields: answer.fields });
  const fields = [...ownFields(exchange), ...answer.fields];
  incoming.reply.begin(answer.status, reasonPhrase(answer.status), fields);
  let octets = 0;
  const isWhole = await finishing(exchange, async () => {
    octets = await sendParts(incoming.reply, answer.body, coded?.octets ?? document.handle);
  });
  count(exchange, answer.status, fields, octets, isWhole ? because : 'the client went away before the end');
}
