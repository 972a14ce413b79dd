/**
 * Header fields of a message, in the order and the spelling in which they came (RFC 9110, section 5).
 *
 * Node's own `headers` object silently drops the second `Age`, `Expires`, `ETag` or `Host` and joins the rest; programs
 * of the lab read `rawHeaders` into these instead, in both directions.
 */

export type Field = readonly [name: string, value: string];
export type Fields = readonly Field[];

/** `[name, value, name, value]`, as Node's `rawHeaders` has them. */
export function fieldsFromRaw(raw: readonly string[]): Fields {
  const fields: Field[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) fields.push([raw[at]!, raw[at + 1]!]);
  return fields;
}

/** The same fields as Node takes them to send. */
export function rawFromFields(fields: Fields): string[] {
  return fields.flat();
}

/** The value of each field line of that name; names have no case (RFC 9110, section 5.1). */
export function fieldLines(fields: Fields, name: string): string[] {
  const wanted = name.toLowerCase();
  return fields.filter(([given]) => given.toLowerCase() === wanted).map(([, value]) => value);
}

/** The combined field value: its lines joined by commas (RFC 9110, section 5.3). */
export function fieldValue(fields: Fields, name: string): string | undefined {
  const lines = fieldLines(fields, name);
  return lines.length === 0 ? undefined : lines.join(', ');
}

export function hasField(fields: Fields, name: string): boolean {
  const wanted = name.toLowerCase();
  return fields.some(([given]) => given.toLowerCase() === wanted);
}

/** The fields whose names, in lower case, are not in `names`. */
export function withoutFields(fields: Fields, names: ReadonlySet<string>): Fields {
  return fields.filter(([name]) => !names.has(name.toLowerCase()));
}

/** The fields with one line of that name, at the place of the first one that was there, else at the end. */
export function withField(fields: Fields, name: string, value: string): Fields {
  const wanted = name.toLowerCase();
  const place = fields.findIndex(([given]) => given.toLowerCase() === wanted);
  const others = fields.filter(([given]) => given.toLowerCase() !== wanted);
  return others.toSpliced(place === -1 ? others.length : place, 0, [name, value]);
}

/** The members of a list, less the empty ones; a comma inside a quoted string separates nothing (RFC 9110, section 5.6.1). */
export function listMembers(value: string): string[] {
  const members: string[] = [];
  let member = '';
  let quoted = false;
  for (let at = 0; at < value.length; at += 1) {
    const character = value[at]!;
    if (quoted && character === '\\') {
      member += character + (value[at + 1] ?? '');
      at += 1;
    } else if (character === ',' && !quoted) {
      members.push(member.trim());
      member = '';
    } else {
      if (character === '"') quoted = !quoted;
      member += character;
    }
  }
  members.push(member.trim());
  return members.filter((text) => text !== '');
}

/** Whether `text` is a token (RFC 9110, section 5.6.2). */
export function isToken(text: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text);
}

/** Whether `text` may stand as a field value: visible octets, blanks and obs-text (RFC 9110, section 5.5). */
export function isFieldValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}

/** The text inside a quoted string, or `text` itself when it is none (RFC 9110, section 5.6.4). */
export function unquote(text: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(text);
  return quoted === null ? text : quoted[1]!.replace(/\\(.)/g, '$1');
}
