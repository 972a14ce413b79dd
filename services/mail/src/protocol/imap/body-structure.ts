/** BODY and BODYSTRUCTURE: RFC 3501, section 7.4.2: the tree of a message's parts, without their contents. */
import { joinPieces } from '../mime-parameters.ts';
import { type Entity, encodingOf, parameterOf, rawValue } from './entity.ts';
import { formatEnvelope } from './envelope.ts';
import { type FieldWithParameters, parseFieldWithParameters } from './media-type.ts';
import { formatNstring, formatString } from './response.ts';

/** @param isExtended BODYSTRUCTURE: also disposition, language and location. */
export function formatBodyStructure(entity: Entity, isExtended: boolean): string {
  const form = entity.parts.length > 0 ? multipart(entity, isExtended) : onePart(entity, isExtended);
  return `(${form})`;
}

function multipart(entity: Entity, isExtended: boolean): string {
  const [, subtype = 'mixed'] = entity.mediaType.value.split('/');
  const parts = entity.parts.map((part) => formatBodyStructure(part, isExtended)).join('');
  const basic = `${parts} ${formatString(subtype)}`;
  return isExtended ? `${basic} ${formatParameters(entity.mediaType)} ${disposition(entity)}` : basic;
}

function onePart(entity: Entity, isExtended: boolean): string {
  const { value } = shownType(entity);
  const [type = '', subtype = ''] = value.split('/');
  const words = [formatString(type), formatString(subtype), ...bodyFields(entity)];
  if (entity.message !== null) {
    const { message } = entity;
    words.push(formatEnvelope(message.fields), formatBodyStructure(message, isExtended), String(entity.lines));
  }
  if (type === 'text') words.push(String(entity.lines));
  if (isExtended) words.push(nstringOf(entity, 'Content-MD5'), disposition(entity));
  return words.join(' ');
}

/** A multipart in which no part was found, and a message that was not looked into, are octets like others. */
function shownType({ mediaType, message }: Entity): FieldWithParameters {
  const isOpaque =
    mediaType.value.startsWith('multipart/') ||
    (['message/rfc822', 'message/global'].includes(mediaType.value) && message === null);
  return isOpaque ? { value: 'application/octet-stream', parameters: [] } : mediaType;
}

/** RFC 2046, section 4.1.2: a text that says nothing else is in US-ASCII. */
function withCharset(type: FieldWithParameters): FieldWithParameters {
  const isKnown = !type.value.startsWith('text/') || parameterOf(type, 'charset') !== undefined;
  return isKnown ? type : { ...type, parameters: [...type.parameters, ['charset', 'us-ascii']] };
}

/** body-fields: parameters, id, description, encoding, octets. */
function bodyFields(entity: Entity): string[] {
  return [
    formatParameters(withCharset(shownType(entity))),
    nstringOf(entity, 'Content-ID'),
    nstringOf(entity, 'Content-Description'),
    formatString(encodingOf(entity.fields)),
    String(entity.bodyTo - entity.bodyFrom),
  ];
}

/** body-fld-dsp (RFC 2183), body-fld-lang and body-fld-loc. */
function disposition({ fields }: Entity): string {
  const parsed = parseFieldWithParameters(rawValue(fields, 'Content-Disposition') ?? '');
  const shown = parsed.value === '' ? 'NIL' : `(${formatString(parsed.value)} ${formatParameters(parsed)})`;
  const languages = (rawValue(fields, 'Content-Language') ?? '').split(/[\s,]+/).filter((tag) => tag !== '');
  const language = languages.length === 0 ? 'NIL' : `(${languages.map(formatString).join(' ')})`;
  return `${shown} ${language} ${formatNstring(rawValue(fields, 'Content-Location') ?? null)}`;
}

function formatParameters({ parameters }: FieldWithParameters): string {
  if (parameters.length === 0) return 'NIL';
  return `(${joinPieces(parameters).flat().map(formatString).join(' ')})`;
}

function nstringOf({ fields }: Entity, name: string): string {
  return formatNstring(rawValue(fields, name) ?? null);
}
