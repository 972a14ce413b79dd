/** The page that says why there is no document: a status, a sentence in English and Korean, and links at most. */

import { escapeHtml } from '#shared/page/escape-html.ts';
import { framed } from './frame.ts';

export interface Message {
  readonly status: number;
  readonly reason: string;
  readonly because: string;
  readonly links?: readonly string[];
}

/** The classes of statuses (RFC 9110, section 15). */
const KOREAN_CLASSES: Readonly<Record<number, string>> = {
  2: '요청이 이루어졌습니다.',
  3: '다른 곳을 보아야 합니다.',
  4: '요청 쪽에 잘못이 있습니다.',
  5: '서버 쪽에 잘못이 있습니다.',
};

const KOREAN: Readonly<Record<number, string>> = {
  201: '새 문서가 만들어졌습니다.',
  301: '이 문서는 다른 곳으로 옮겨졌습니다.',
  400: '요청을 이해할 수 없습니다.',
  403: '이 요청은 받아들이지 않습니다.',
  404: '이 서버에는 그런 문서가 없습니다.',
  405: '이 메서드는 여기에서 쓸 수 없습니다.',
  406: '요청한 쪽이 받아들일 수 있는 형태가 없습니다.',
  408: '요청이 제때 도착하지 않았습니다.',
  409: '지금 있는 문서와 어긋나는 요청입니다.',
  411: '문서의 길이를 알려 주어야 합니다.',
  412: '요청이 건 조건이 지금은 맞지 않습니다.',
  413: '보낸 내용이 너무 깁니다.',
  414: '요청의 주소가 너무 깁니다.',
  415: '이 형식의 내용은 받지 않습니다.',
  416: '요청한 범위가 문서 밖에 있습니다.',
  417: '요청이 기대하는 것을 이 서버는 모릅니다.',
  421: '이 서버는 그 이름의 사이트를 맡고 있지 않습니다.',
  431: '요청의 헤더가 너무 큽니다.',
  500: '서버가 문서를 읽지 못했습니다.',
  501: '서버가 모르는 요청입니다.',
  507: '저장할 자리가 없습니다.',
  505: '서버가 모르는 HTTP 버전입니다.',
};

export function messagePage(message: Message): string {
  const links = (message.links ?? []).map((link) => `<li><a href="${escapeHtml(link)}">${escapeHtml(link)}</a></li>`);
  return framed(
    `${message.status} ${message.reason}`,
    `<p>${escapeHtml(asSentence(message.because))}</p>
<p lang="ko">${KOREAN[message.status] ?? KOREAN_CLASSES[Math.floor(message.status / 100)] ?? ''}</p>
${links.length === 0 ? '' : `<ul>${links.join('')}</ul>`}`,
  );
}

function asSentence(because: string): string {
  return `${because.charAt(0).toUpperCase()}${because.slice(1)}.`;
}
