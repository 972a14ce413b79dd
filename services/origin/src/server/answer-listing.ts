import { listingPage } from '../page/listing-page.ts';
import { parseDocumentPath } from '../protocol/document-path.ts';
import { INDEX, locate } from '../store/documents.ts';
import { LISTED_MAX, listDocuments } from '../store/list-documents.ts';
import { type Aim, type Exchange, sendPage } from './exchange.ts';

/** Shows the documents below a folder, where the site has a view for it and the folder has no document of its own. */
export async function answerListing(exchange: Exchange, { site, rules, path }: Aim): Promise<boolean> {
  const folder = rules.listed.get(path);
  const named = folder === undefined ? null : parseDocumentPath(folder);
  if (folder === undefined || named?.kind !== 'path') return false;
  if (folder === path && locate(site, [...named.segments, INDEX]).kind === 'file') return false;
  const documents = await listDocuments(site, named.segments);
  const page = listingPage({ folder, documents, isCut: documents.length >= LISTED_MAX });
  await sendPage(exchange, 200, page, 'this is a view of a folder, made now', [['Cache-Control', 'no-cache']]);
  return true;
}
