import { type Field, type Fields, fieldValue } from '#shared/http/fields.ts';
import { chooseLanguage } from '../protocol/choose-language.ts';
import { type DocumentPath, parseDocumentPath } from '../protocol/document-path.ts';
import { languageSuffix, mediaTypeOf } from '../protocol/media-type.ts';
import { isAgent } from '../protocol/user-agent.ts';
import { type Documents, type Found, fileNames, INDEX, locate, type OpenDocument } from '../store/documents.ts';
import type { Aim } from './exchange.ts';

type Path = Extract<DocumentPath, { kind: 'path' }>;

/** The document that suits the reader, open for reading. */
export interface Selected {
  readonly kind: 'selected';
  readonly document: OpenDocument;
  readonly mediaType: string;
  /** Content-Language and Content-Location, where there was a choice (RFC 9110, sections 8.5 and 8.7). */
  readonly chosen: Fields;
  /** The fields of the request that decided. */
  readonly vary: readonly string[];
  readonly because: readonly string[];
}

/** Proactive negotiation (RFC 9110, section 12.1): by the browser first, then by the language. The caller closes the document. */
export async function selectVariant(
  documents: Documents,
  aim: Aim,
  named: Path,
  fields: Fields,
): Promise<Selected | Exclude<Found, { kind: 'document' }>> {
  const rule = aim.rules.agents.find(({ path }) => path === aim.path);
  const isOther = rule !== undefined && isAgent(fieldValue(fields, 'User-Agent'), rule.products);
  const other = isOther ? parseDocumentPath(rule.instead) : named;
  if (other.kind !== 'path') return { kind: 'missing', because: other.because };
  const url = isOther ? rule.instead : aim.path;
  const found = await byLanguage(documents, aim, other, url, fields);
  if (found.kind !== 'selected' || rule === undefined) return found;
  const location: Field[] = isOther ? [['Content-Location', rule.instead]] : [];
  const told = isOther ? 'this browser gets another document' : 'this browser gets the usual document';
  return {
    ...found,
    chosen: [...found.chosen.filter(([name]) => !isOther || name !== 'Content-Location'), ...location],
    vary: ['User-Agent', ...found.vary],
    because: [told, ...found.because],
  };
}

async function byLanguage(documents: Documents, { site, rules }: Aim, named: Path, url: string, fields: Fields) {
  const names = fileNames(named);
  const translated = (tag: string) => [...names.slice(0, -1), `${names.at(-1) ?? ''}.${tag}`];
  const variants = rules.languages.filter((tag) => locate(site, translated(tag)).kind === 'file');
  const plain = await documents.find(site, named.segments, named.folder);
  if (variants.length === 0) return plain.kind === 'document' ? alone(plain.document, rules.languages) : plain;

  const [first = ''] = rules.languages;
  const hasPlain = plain.kind === 'document' && !variants.includes(first);
  const available = hasPlain ? [first, ...variants] : variants;
  const choice = chooseLanguage(fieldValue(fields, 'Accept-Language'), available);
  const own = { vary: ['Accept-Language'], because: [choice.because] };
  const language: Field = ['Content-Language', choice.language];
  const mediaType = mediaTypeOf(names.at(-1) ?? '');
  if (hasPlain && choice.language === first)
    return { kind: 'selected' as const, document: plain.document, mediaType, chosen: [language], ...own };
  if (plain.kind === 'document') await plain.document.handle.close();
  const variant = await documents.find(site, translated(choice.language), false);
  if (variant.kind !== 'document') return variant;
  const location: Field = ['Content-Location', `${url}${named.folder ? INDEX : ''}.${choice.language}`];
  return { kind: 'selected' as const, document: variant.document, mediaType, chosen: [language, location], ...own };
}

/** A document without a choice; one that is itself a variant still says its language. */
function alone(document: OpenDocument, languages: readonly string[]): Selected {
  const suffix = languageSuffix(document.fileName, languages);
  const name = suffix === null ? document.fileName : document.fileName.slice(0, -suffix.length - 1);
  const chosen: Field[] = suffix === null ? [] : [['Content-Language', suffix]];
  return { kind: 'selected', document, mediaType: mediaTypeOf(name), chosen, vary: [], because: [] };
}
