/** The document of the frame that shows the HTML of a message: white paper in a light and in a dark room, as senders expect it. */
const STYLE =
  ':root{color-scheme:light}body{margin:0;padding:16px;background:#fff;color:#1b2027;font:16px/1.6 system-ui,"Noto Sans","Noto Sans CJK KR",sans-serif;overflow-wrap:anywhere}img{max-width:100%;height:auto}table{max-width:100%}a{color:#1f4e79}';

/** @param clean what `cleanHtml` gave. */
export function htmlFrame(clean: string, language: string): string {
  return `<!doctype html><html lang="${language}"><meta charset="utf-8"><title>HTML</title><style>${STYLE}</style><body>${clean}</body></html>`;
}
