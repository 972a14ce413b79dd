/** A response that is kept as a file, octet for octet as it stood on the wire, and is sent again like that. */

import { FileFault } from '#shared/file-fault.ts';
import { type Field, type Fields, isFieldValue, isToken } from '#shared/http/fields.ts';

export interface SampleResponse {
  readonly status: number;
  readonly reason: string;
  readonly fields: Fields;
  readonly body: Uint8Array;
}

/** @throws FileFault that names the line */
export function parseSampleResponse(octets: Uint8Array): SampleResponse {
  const text = String.fromCharCode(...octets.subarray(0, HEAD_OCTETS_MAX));
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) throw new FileFault(1, 'a header section ends with an empty line, and lines end with CRLF');
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const parts = /^HTTP\/1\.1 ([2-5]\d\d) ([\t\x20-\x7e]*)$/.exec(statusLine);
  if (parts === null) throw new FileFault(1, 'a status line is HTTP/1.1, a status and a phrase');
  const fields = lines.map((line, index) => parseField(line, index + 2));
  const body = octets.subarray(end + 4);
  const length = fields.find(([name]) => name.toLowerCase() === 'content-length')?.[1];
  if (length !== String(body.length))
    throw new FileFault(1, `Content-Length says ${length ?? 'nothing'}, and the body has ${body.length} octets`);
  return { status: Number(parts[1]), reason: parts[2]!, fields, body };
}

/** Octets of a header section that is looked for. */
const HEAD_OCTETS_MAX = 8_192;

function parseField(line: string, number: number): Field {
  const [, name = '', value = ''] = /^([^:]*): (.*)$/.exec(line) ?? [];
  if (!isToken(name) || !isFieldValue(value) || value !== value.trim())
    throw new FileFault(number, 'a field is written "Name: value"');
  return [name, value];
}
