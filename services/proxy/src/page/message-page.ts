/** The page with which the proxy itself answers: a status, why, and who says it. */

const KOREAN: Readonly<Record<number, string>> = {
  400: '요청을 이해할 수 없습니다.',
  403: '이 프록시는 그곳에 연결하지 않습니다.',
  404: '이 프록시에는 그런 문서가 없습니다.',
  405: '이 메서드는 프록시를 지나가지 않습니다.',
  408: '요청이 제때 도착하지 않았습니다.',
  414: '요청의 주소가 너무 깁니다.',
  431: '요청의 헤더가 너무 큽니다.',
  501: '프록시가 모르는 요청입니다.',
  502: '원래 서버에서 올바른 답을 받지 못했습니다.',
  504: '원래 서버의 답을 제때 받지 못했습니다.',
  505: '프록시가 모르는 HTTP 버전입니다.',
  508: '요청이 제자리를 맴돌고 있습니다.',
};

export function messagePage(status: number, reason: string, because: string, proxy: string): string {
  const title = `${status} ${escapeHtml(reason)}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>body{font:1.1em/1.6 system-ui,sans-serif;max-width:38em;margin:4em auto;padding:0 1em;color:#223}</style>
<h1>${title}</h1>
<p>${escapeHtml(asSentence(because))}</p>
<p lang="ko">${KOREAN[status] ?? ''}</p>
<p><small>This is the answer of the web cache ${escapeHtml(proxy)}, not of the site.</small></p>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function asSentence(because: string): string {
  return `${because.charAt(0).toUpperCase()}${because.slice(1)}.`;
}
