/** Forms with files, as a browser sends them: multipart/form-data, RFC 7578, whose parts are those of RFC 2046, section 5.1. */
import { fieldValue, isNamed, lineEnd, splitHeaderSection } from './header-section.ts';
import { parseFieldWithParameters } from './imap/media-type.ts';
import { toText } from './octets.ts';

export interface FormPart {
  readonly name: string;
  /** Null for a field that is no file; '' for a file that was not chosen. */
  readonly filename: string | null;
  readonly type: string;
  readonly content: Uint8Array;
}

/** Fields and files of one form. */
export const FORM_PARTS_MAX = 200;
/** Octets of one part's header. */
const PART_HEADER_OCTETS_MAX = 8 * 1024;
/** Longest boundary (RFC 2046, section 5.1.1). */
const BOUNDARY_LENGTH_MAX = 70;

/** @param contentType the request's Content-Type; null when the body is no form of this kind */
export function parseFormData(body: Uint8Array, contentType: string): FormPart[] | null {
  const { value, parameters } = parseFieldWithParameters(contentType);
  const boundary = parameters.find(([name]) => name === 'boundary')?.[1] ?? '';
  if (value !== 'multipart/form-data' || boundary === '' || boundary.length > BOUNDARY_LENGTH_MAX) return null;
  return splitParts(body, boundary).flatMap((part) => parsePart(part) ?? []);
}

function parsePart(part: Uint8Array): FormPart | null {
  const { fields, bodyAt } = splitHeaderSection(part);
  const find = (name: string) => fields.find((field) => isNamed(field, name));
  const disposition = find('Content-Disposition');
  if (disposition === undefined || bodyAt > PART_HEADER_OCTETS_MAX) return null;
  const { value, parameters } = parseDisposition(fieldValue(disposition));
  const name = parameters.get('name');
  if (value !== 'form-data' || name === undefined) return null;
  const type = find('Content-Type');
  return {
    name,
    filename: parameters.get('filename') ?? null,
    type: type === undefined ? 'text/plain' : fieldValue(type).toLowerCase(),
    content: part.subarray(bodyAt),
  };
}

/** Section 5.1 and the HTML standard: names are UTF-8 in quotes, in which `"`, CR and LF are written %22, %0D and %0A. */
function parseDisposition(text: string): { value: string; parameters: Map<string, string> } {
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted = ''] of text.matchAll(/;\s*([\w-]{1,40})="([^"]*)"/g)) {
    const plain = quoted.replace(/%22/g, '"').replace(/%0D|%0A/gi, ' ');
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), plain);
  }
  return { value: /^\s*([\w-]+)/.exec(text)?.[1]?.toLowerCase() ?? '', parameters };
}

/** The parts between the delimiter lines; what has no closing delimiter is no whole form, and its last part is left out. */
function splitParts(body: Uint8Array, boundary: string): Uint8Array[] {
  const delimiter = `--${boundary}`;
  const parts: Uint8Array[] = [];
  let partAt: number | null = null;
  for (let at = 0; at < body.length && parts.length < FORM_PARTS_MAX; ) {
    const next = lineEnd(body, at);
    if (body[at] === 0x2d && next - at <= delimiter.length + 4) {
      const line = toText(body.subarray(at, next)).replace(/\r?\n$/, '');
      if (line === delimiter || line === `${delimiter}--`) {
        // The line end before a delimiter belongs to the delimiter.
        if (partAt !== null) parts.push(body.subarray(partAt, Math.max(partAt, at - (body[at - 2] === 0x0d ? 2 : 1))));
        if (line !== delimiter) return parts;
        partAt = next;
      }
    }
    at = next;
  }
  return parts;
}

/** A text field with LF line ends: a browser sends CRLF (HTML standard, "multipart/form-data"). */
export function formText(content: Uint8Array): string {
  return toText(content).replace(/\r\n?/g, '\n');
}
