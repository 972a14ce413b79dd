import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '#shared/host/durable-file.ts';
import { KEYWORDS_MAX } from '../protocol/imap/flags.ts';

/** Keywords of a mailbox are named in this file, in Dovecot's format: `0 $Forwarded`; 0 is the letter a of a file's name. */
const KEYWORD_FILE = 'dovecot-keywords';

/** The keywords of the Maildir `dir`, by their places; '' where a place has no name. */
export async function readKeywords(dir: string): Promise<string[]> {
  const text = await readFile(join(dir, KEYWORD_FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const keywords: string[] = [];
  for (const line of text.split('\n')) {
    const [, place, keyword] = /^(\d{1,2}) ([\x21-\x7e]+)$/.exec(line) ?? [];
    if (keyword !== undefined && Number(place) < KEYWORDS_MAX) keywords[Number(place)] = keyword;
  }
  return Array.from(keywords, (keyword) => keyword ?? '');
}

export function writeKeywords(dir: string, keywords: readonly string[]): Promise<void> {
  const lines = keywords.flatMap((keyword, place) => (keyword === '' ? [] : [`${place} ${keyword}\n`]));
  return replaceFile(join(dir, KEYWORD_FILE), lines.join(''));
}
