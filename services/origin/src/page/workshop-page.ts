/** The workshop: documents of the site, to be edited, touched and restored with the mouse. */

import { formatHttpDate } from '#shared/http/http-date.ts';
import { escapeHtml } from '#shared/page/escape-html.ts';
import type { Listed } from '../store/list-documents.ts';
import { framed, grouped } from './frame.ts';

/** A document and whether it is a text that can be edited in a page. */
export interface Workpiece extends Listed {
  readonly isEditable: boolean;
}

export function workshopPage(path: string, siteName: string, documents: readonly Workpiece[]): string {
  const [texts = [], others = []] = [true, false].map((isText) =>
    documents.filter(({ isEditable }) => isEditable === isText),
  );
  return framed(
    'Workshop',
    `<p>These are the documents of <strong>${escapeHtml(siteName)}</strong> on this very server. Edit one, or give it a new date
(touch), and look at what caches on the way make of it.</p>
<p lang="ko">이 서버에 있는 문서들입니다. 고치거나(edit) 날짜만 바꾼 뒤(touch), 중간에 있는 캐시가 어떻게 하는지 보세요. restore는 처음 것으로 되돌립니다.</p>
<table class="wide">
<tr><th>document · <span lang="ko">문서</span><th>Last-Modified<th></tr>
${texts.map((document) => row(path, document)).join('\n')}
${others.map((document) => row(path, document)).join('\n')}
</table>
<p>${button(path, 'restore', '', 'restore everything', '모두 되돌리기')} <a href="/">front page · <span lang="ko">첫 페이지</span></a></p>`,
  );
}

export function editPage(path: string, documentPath: string, text: string): string {
  return framed(
    `Edit ${documentPath}`,
    `<p>What you write here is the next version of <a href="${escapeHtml(documentPath)}">${escapeHtml(documentPath)}</a>:
with another entity tag, and Last-Modified of now.</p>
<p lang="ko">여기에 쓰는 것이 이 문서의 다음 판이 됩니다. ETag와 Last-Modified가 바뀝니다.</p>
<form method="post" action="${escapeHtml(path)}">
<input type="hidden" name="action" value="edit"><input type="hidden" name="path" value="${escapeHtml(documentPath)}">
<p><textarea name="text" spellcheck="false" aria-label="the document">\n${escapeHtml(text)}</textarea></p>
<p><button>save · <span lang="ko">저장</span></button> <a href="${escapeHtml(path)}">back · <span lang="ko">돌아가기</span></a></p>
</form>`,
  );
}

function row(path: string, { segments, octets, modifiedMs, isOwn, isEditable }: Workpiece): string {
  const document = `/${segments.map(encodeURIComponent).join('/')}`;
  const shown = escapeHtml(`/${segments.join('/')}`);
  const editor = `<a href="${escapeHtml(`${path}?path=${encodeURIComponent(document)}`)}">edit · <span lang="ko">고치기</span></a>`;
  const edit = isEditable ? editor : '';
  const restore = isOwn ? button(path, 'restore', document, 'restore', '되돌리기') : '';
  return `<tr><td><a href="${escapeHtml(document)}">${shown}</a><br><small>${grouped(octets)} octets${isOwn ? ', edited · <span lang="ko">고침</span>' : ''}</small>
<td class="time">${formatHttpDate(modifiedMs)}<td>${edit} ${button(path, 'touch', document, 'touch', '날짜만')} ${restore}</tr>`;
}

function button(path: string, action: string, document: string, english: string, korean: string): string {
  return `<form class="inline" method="post" action="${escapeHtml(path)}"><input type="hidden" name="action" value="${action}"><input type="hidden" name="path" value="${escapeHtml(document)}"><button>${english} · <span lang="ko">${korean}</span></button></form>`;
}
