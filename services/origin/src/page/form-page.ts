/** The page that shows what a form has sent: field by field, and as it stood in the message. */

import { escapeHtml } from '#shared/page/escape-html.ts';
import type { FormField } from '../protocol/form-urlencoded.ts';
import { framed, grouped } from './frame.ts';

/** Octets of the body that are shown as they came. */
const SHOWN_OCTETS_MAX = 4_096;

export interface SentForm {
  readonly contentType: string;
  readonly octets: Uint8Array;
  readonly fields: readonly FormField[];
}

export function formPage({ contentType, octets, fields }: SentForm): string {
  const body = new TextDecoder().decode(octets.subarray(0, SHOWN_OCTETS_MAX));
  const rest = octets.length > SHOWN_OCTETS_MAX ? ` … (${grouped(octets.length - SHOWN_OCTETS_MAX)} more octets)` : '';
  return framed(
    'What you sent',
    `<p>The form came in the body of a POST: ${grouped(octets.length)} octets. Nothing of it is kept.</p>
<p lang="ko">입력한 내용은 POST 요청의 몸체에 들어 있었습니다. 서버는 아무것도 저장하지 않습니다.</p>
<table>
<tr><th>field · <span lang="ko">이름</span><th>value · <span lang="ko">값</span><th class="number">octets · <span lang="ko">바이트</span></tr>
${fields.map(row).join('\n')}
</table>
<h2>As it stood in the message · <span lang="ko">메시지에 있던 그대로</span></h2>
<pre>Content-Type: ${escapeHtml(contentType)}
Content-Length: ${octets.length}

${escapeHtml(body)}${rest}</pre>`,
  );
}

function row({ name, value, octets, file }: FormField): string {
  const told = file === undefined ? '' : `<br><small>${escapeHtml(file.name)}, ${escapeHtml(file.mediaType)}</small>`;
  return `<tr><td>${escapeHtml(name)}${told}<td>${escapeHtml(value)}<td class="number">${grouped(octets)}</tr>`;
}
