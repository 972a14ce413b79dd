/** The page that says why there is no document: a status, a sentence in English and Korean, and links at most. */

export interface Message {
  readonly status: number;
  readonly reason: string;
  readonly because: string;
  readonly links?: readonly string[];
}

const KOREAN: Readonly<Record<number, string>> = {
  301: '이 문서는 다른 곳으로 옮겨졌습니다.',
  400: '요청을 이해할 수 없습니다.',
  404: '이 서버에는 그런 문서가 없습니다.',
  405: '이 메서드는 여기에서 쓸 수 없습니다.',
  408: '요청이 제때 도착하지 않았습니다.',
  412: '요청이 건 조건이 지금은 맞지 않습니다.',
  414: '요청의 주소가 너무 깁니다.',
  416: '요청한 범위가 문서 밖에 있습니다.',
  421: '이 서버는 그 이름의 사이트를 맡고 있지 않습니다.',
  431: '요청의 헤더가 너무 큽니다.',
  500: '서버가 문서를 읽지 못했습니다.',
  501: '서버가 모르는 요청입니다.',
  505: '서버가 모르는 HTTP 버전입니다.',
};

export function messagePage(message: Message): string {
  const title = `${message.status} ${escapeHtml(message.reason)}`;
  const korean = KOREAN[message.status] ?? '';
  const links = (message.links ?? []).map((link) => `<li><a href="${escapeHtml(link)}">${escapeHtml(link)}</a></li>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>body{font:1.1em/1.6 system-ui,sans-serif;max-width:38em;margin:4em auto;padding:0 1em;color:#223}</style>
<h1>${title}</h1>
<p>${escapeHtml(asSentence(message.because))}</p>
<p lang="ko">${korean}</p>
${links.length === 0 ? '' : `<ul>${links.join('')}</ul>\n`}</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function asSentence(because: string): string {
  return `${because.charAt(0).toUpperCase()}${because.slice(1)}.`;
}
