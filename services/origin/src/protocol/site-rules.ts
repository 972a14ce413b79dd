/**
 * The three small files that may lie beside the documents:
 *
 *     www/.aliases            www.enterprise.com  enterprise.com relay1.west-coast.enterprise.com
 *
 *     www/<site>/.redirects   /old.html  /new.html  301
 *
 *     www/<site>/.fields      /album/*
 *                               Cache-Control: public, max-age=60
 *
 * `.aliases` is written like a hosts file: the folder, then its other names. `.redirects` and `.fields` have the grammar that
 * static hosts on the real Internet know as `_redirects` and `_headers`. In each, `#` begins a comment at the start of a line.
 */

import { FileFault } from '#shared/file-fault.ts';
import { type Field, type Fields, isFieldValue, isToken } from '#shared/http/fields.ts';
import { parseAuthority } from '#shared/http/request-target.ts';
import { matchesPattern, ruleLines } from './rule-lines.ts';

export interface FieldRule {
  /** A path; `*` stands for any characters. */
  readonly pattern: string;
  readonly fields: Fields;
}

export interface Redirect {
  readonly from: string;
  readonly to: string;
  readonly status: number;
}

const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Fields that the server answers for itself. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'date',
  'etag',
  'last-modified',
]);

/** Other name of a site to the folder that it is served from. */
export function parseAliases(text: string): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  for (const [number, line] of ruleLines(text)) {
    const [folder, ...names] = line.trim().split(/\s+/);
    if (names.length === 0) throw new FileFault(number, 'give a folder and at least one other name for it');
    for (const name of names) {
      if (parseAuthority(name) === null) throw new FileFault(number, `"${name}" is no host name`);
      aliases.set(name.toLowerCase(), folder!);
    }
  }
  return aliases;
}

export function parseRedirects(text: string): readonly Redirect[] {
  return ruleLines(text).map(([number, line]) => {
    const [from, to, status = '301', ...more] = line.trim().split(/\s+/);
    if (!from?.startsWith('/') || to === undefined || more.length > 0) {
      throw new FileFault(number, 'give a path, where it leads, and a status (301 when left out)');
    }
    if (!/^(\/|https?:\/\/)[\x21-\x7e]*$/.test(to))
      throw new FileFault(number, `"${to}" is neither a path nor an http URL`);
    if (!REDIRECT_STATUSES.has(Number(status))) {
      throw new FileFault(number, `${status} is no redirection: use one of ${[...REDIRECT_STATUSES].join(', ')}`);
    }
    return { from, to, status: Number(status) };
  });
}

export function parseFieldRules(text: string): readonly FieldRule[] {
  const rules: { pattern: string; fields: Field[] }[] = [];
  for (const [number, line] of ruleLines(text)) {
    if (!/^\s/.test(line)) {
      if (!line.startsWith('/'))
        throw new FileFault(number, 'a path begins with "/", and its fields stand below it, indented');
      rules.push({ pattern: line.trim(), fields: [] });
      continue;
    }
    const rule = rules.at(-1);
    if (rule === undefined) throw new FileFault(number, 'a field stands below the path that it is for');
    rule.fields.push(parseField(number, line.trim()));
  }
  return rules;
}

/** The fields that the rules give to `path`; of two with one name the later wins. */
export function fieldsFor(rules: readonly FieldRule[], path: string): Fields {
  const chosen = new Map<string, Field>();
  for (const rule of rules) {
    if (!matchesPattern(rule.pattern, path)) continue;
    for (const field of rule.fields) chosen.set(field[0].toLowerCase(), field);
  }
  return [...chosen.values()];
}

function parseField(number: number, text: string): Field {
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(0, colon));
  const value = text.slice(colon + 1).trim();
  if (!isToken(name) || !isFieldValue(value)) throw new FileFault(number, `"${text}" is no field: write Name: value`);
  if (OWN_FIELDS.has(name.toLowerCase())) throw new FileFault(number, `the server makes ${name} itself`);
  return [name, value];
}
