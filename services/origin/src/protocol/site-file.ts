/**
 * `.site`: what a site does besides showing its documents, one word a line.
 *
 *     languages  en fr ko                     page.html.fr is page.html in French; the first one is the language of page.html itself
 *     agents     /a.html /b.html curl Wget    these browsers get another document
 *     compressed /codings/*                   gzip, br and zstd for who accepts them
 *     writable   /files/                      PUT and DELETE
 *     listed     /tree/ /                     the files below a folder (itself when left out), at a URL
 *     form       /form.html                   POST shows what was sent
 *     sample     /old-response old.http       a whole response, octet for octet, from a file beside this one
 *     statuses   /status/                     /status/404 answers 404
 *     workshop   /workshop/                   documents are edited and touched there
 *     close      close.someschool.edu         answers under this name end their connection
 */

import { FileFault } from '#shared/file-fault.ts';
import { isToken } from '#shared/http/fields.ts';
import { parseAuthority } from '#shared/http/request-target.ts';
import { ruleLines } from './rule-lines.ts';

export interface SiteFile {
  /** Languages that documents may have; the first is that of documents without a suffix. None: no negotiation. */
  readonly languages: readonly string[];
  readonly agents: readonly AgentRule[];
  /** Patterns of paths. */
  readonly compressed: readonly string[];
  /** Folders; a path below one of them takes PUT and DELETE. */
  readonly writable: readonly string[];
  /** URL of a view to the folder that it shows. */
  readonly listed: ReadonlyMap<string, string>;
  readonly forms: ReadonlySet<string>;
  /** URL to the name of a file. */
  readonly samples: ReadonlyMap<string, string>;
  readonly statuses: readonly string[];
  readonly workshops: ReadonlySet<string>;
  /** Host names under which connections do not persist. */
  readonly closing: ReadonlySet<string>;
}

/** A document that some browsers get in the place of another (RFC 9110, section 10.1.5). */
interface AgentRule {
  readonly path: string;
  readonly instead: string;
  /** Product names, in lower case. */
  readonly products: readonly string[];
}

/** The same as `SiteFile`, while it is written. */
interface Draft {
  readonly languages: string[];
  readonly agents: AgentRule[];
  readonly compressed: string[];
  readonly writable: string[];
  readonly listed: Map<string, string>;
  readonly forms: Set<string>;
  readonly samples: Map<string, string>;
  readonly statuses: string[];
  readonly workshops: Set<string>;
  readonly closing: Set<string>;
}

/** What each word adds, or the sentence that says how it is written. */
const WORDS: Readonly<Record<string, (draft: Draft, given: readonly string[]) => string | undefined>> = {
  languages: ({ languages }, given) => {
    if (given.length === 0 || !given.every((tag) => /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(tag)))
      return 'give language tags: languages en fr ko';
    languages.push(...given.map((tag) => tag.toLowerCase()));
  },
  agents: ({ agents }, [path = '', instead = '', ...products]) => {
    if (!isPath(path) || !isPath(instead) || products.length === 0 || !products.every(isToken))
      return 'give a path, the path of the other document, and names of browsers: agents /a.html /b.html curl Wget';
    agents.push({ path, instead, products: products.map((product) => product.toLowerCase()) });
  },
  compressed: ({ compressed }, [pattern = '', ...more]) => {
    if (!isPath(pattern) || more.length > 0) return 'give a path: compressed /codings/*';
    compressed.push(pattern);
  },
  writable: ({ writable }, [folder = '', ...more]) => {
    if (!isFolder(folder) || more.length > 0) return 'give a folder: writable /files/';
    writable.push(folder);
  },
  listed: ({ listed }, [path = '', folder = path, ...more]) => {
    if (!isFolder(path) || !isFolder(folder) || more.length > 0)
      return 'give a URL and the folder that is shown there: listed /tree/ /';
    listed.set(path, folder);
  },
  form: ({ forms }, [path = '', ...more]) => {
    if (!isPath(path) || more.length > 0) return 'give a path: form /form.html';
    forms.add(path);
  },
  sample: ({ samples }, [path = '', file = '', ...more]) => {
    if (!isPath(path) || !/^[\w.-]*\w$/.test(file) || more.length > 0)
      return 'give a path and the name of a file beside this one: sample /old-response old.http';
    samples.set(path, file);
  },
  statuses: ({ statuses }, [folder = '', ...more]) => {
    if (!isFolder(folder) || more.length > 0) return 'give a folder: statuses /status/';
    statuses.push(folder);
  },
  workshop: ({ workshops }, [path = '', ...more]) => {
    if (!isPath(path) || more.length > 0) return 'give a path: workshop /workshop/';
    workshops.add(path);
  },
  close: ({ closing }, names) => {
    if (names.length === 0 || names.some((name) => parseAuthority(name) === null))
      return 'give host names: close close.someschool.edu';
    for (const name of names) closing.add(name.toLowerCase());
  },
};

/** @throws FileFault */
export function parseSiteFile(text: string): SiteFile {
  const draft: Draft = {
    languages: [],
    agents: [],
    compressed: [],
    writable: [],
    listed: new Map(),
    forms: new Set(),
    samples: new Map(),
    statuses: [],
    workshops: new Set(),
    closing: new Set(),
  };
  for (const [number, line] of ruleLines(text)) {
    const [word = '', ...given] = line.trim().split(/\s+/);
    const add = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
    if (add === undefined)
      throw new FileFault(number, `"${word}" is no word here: use one of ${Object.keys(WORDS).join(', ')}`);
    const fault = add(draft, given);
    if (fault !== undefined) throw new FileFault(number, fault);
  }
  return draft;
}

/** Whether PUT and DELETE are for this path. */
export function isWritable(site: SiteFile, path: string): boolean {
  return site.writable.some((folder) => path.startsWith(folder) && path.length > folder.length && !path.endsWith('/'));
}

/** The methods that a path takes, as the Allow field lists them (RFC 9110, section 10.2.1). */
export function allowedMethods(site: SiteFile, path: string): readonly string[] {
  const methods = ['GET', 'HEAD', 'OPTIONS'];
  if (isWritable(site, path)) methods.push('PUT', 'DELETE');
  if (site.forms.has(path) || site.workshops.has(path)) methods.push('POST');
  return methods;
}

function isPath(text: string): boolean {
  return /^\/[\x21-\x7e]*$/.test(text);
}

function isFolder(text: string): boolean {
  return isPath(text) && text.endsWith('/');
}
