/** A view of a folder: every document below it with its URL. */

import { formatHttpDate } from '#shared/http/http-date.ts';
import { escapeHtml } from '#shared/page/escape-html.ts';
import type { Listed } from '../store/list-documents.ts';
import { framed, grouped } from './frame.ts';

export interface Listing {
  /** The path of the folder: begins and ends with "/". */
  readonly folder: string;
  readonly documents: readonly Listed[];
  readonly isCut: boolean;
}

export function listingPage({ folder, documents, isCut }: Listing): string {
  const count = `${documents.length} ${documents.length === 1 ? 'document' : 'documents'}`;
  return framed(
    `Documents below ${folder}`,
    `<p>${count}${isCut ? ', and more that are not shown' : ''}. Each is an object with a URL of its own.</p>
<p lang="ko">이 폴더 아래의 문서 ${documents.length}개입니다. 문서마다 URL이 하나씩 있습니다.</p>
<table>
<tr><th>URL<th class="number">octets · <span lang="ko">바이트</span><th>Last-Modified</tr>
${documents.map((document) => row(folder, document)).join('\n')}
</table>
<p><a href="/">front page · <span lang="ko">첫 페이지</span></a></p>`,
  );
}

function row(folder: string, { segments, octets, modifiedMs }: Listed): string {
  const path = folder + segments.map(encodeURIComponent).join('/');
  return `<tr><td><a href="${escapeHtml(path)}">${escapeHtml(folder + segments.join('/'))}</a><td class="number">${grouped(octets)}<td class="time">${formatHttpDate(modifiedMs)}</tr>`;
}
