/**
 * HTML of a stranger, made harmless before it goes into its frame. The frame has no scripts, no origin and a policy of its
 * own; this is the wall before that wall. Nothing of it is loaded before the first message with HTML is read.
 */

export interface CleanHtml {
  readonly html: string;
  /** What the message wanted to fetch from elsewhere: addresses, each once. */
  readonly blocked: readonly string[];
}

/** Characters of HTML that are looked at, elements inside of elements, and addresses that are named. */
const HTML_LENGTH_MAX = 512 * 1024;
/** Tags that are looked at: the time that the parser takes grows with the square of the elements that are open. */
const TAGS_MAX = 20_000;
const NESTING_MAX = 100;
const BLOCKED_MAX = 50;
const ADDRESS_LENGTH_MAX = 300;

const TAGS = [
  ...['p', 'br', 'hr', 'div', 'span', 'center', 'blockquote', 'pre', 'code', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'],
  ...['a', 'b', 'strong', 'i', 'em', 'u', 's', 'small', 'big', 'sub', 'sup', 'font', 'abbr', 'cite', 'q', 'tt', 'kbd'],
  ...[
    'ul',
    'ol',
    'li',
    'dl',
    'dt',
    'dd',
    'table',
    'caption',
    'thead',
    'tbody',
    'tfoot',
    'tr',
    'td',
    'th',
    'colgroup',
    'col',
  ],
  ...['img', 'figure', 'figcaption', 'header', 'footer', 'section', 'article', 'main', 'address'],
];
const LAYOUT = [
  'align',
  'valign',
  'width',
  'height',
  'bgcolor',
  'border',
  'cellpadding',
  'cellspacing',
  'colspan',
  'rowspan',
];
const EVERYWHERE = ['style', 'title', 'dir', 'lang', ...LAYOUT];
/** No function that fetches or looks something up. */
const PLAIN_VALUE = [
  /^(?!.*(?:url|image|image-set|expression|var|attr|env|src|element)\s*\()[#\w\s.,%()'"+-]{1,100}$/i,
];
const PROPERTIES = [
  ...['color', 'background-color', 'font', 'font-family', 'font-size', 'font-style', 'font-weight', 'line-height'],
  ...[
    'letter-spacing',
    'text-align',
    'text-decoration',
    'text-indent',
    'vertical-align',
    'white-space',
    'width',
    'max-width',
  ],
  ...['height', 'margin', 'margin-top', 'margin-right', 'margin-bottom', 'margin-left', 'padding', 'padding-top'],
  ...['padding-right', 'padding-bottom', 'padding-left', 'border', 'border-top', 'border-bottom', 'border-left'],
  ...[
    'border-right',
    'border-color',
    'border-style',
    'border-width',
    'border-radius',
    'border-collapse',
    'list-style-type',
  ],
];
const RASTER_DATA = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*$/i;

/** @param pictureAt the address of the picture with that Content-ID; null when the message has none. */
export async function cleanHtml(given: string, pictureAt: (contentId: string) => string | null): Promise<CleanHtml> {
  const { default: sanitize } = await import('sanitize-html');
  const html = beginningOf(given);
  const blocked = new Set<string>();
  const block = (address: string) => {
    const asked = asBrowsersRead(address);
    if (/^(?:https?:)?\/\//i.test(asked) && blocked.size < BLOCKED_MAX) blocked.add(asked.slice(0, ADDRESS_LENGTH_MAX));
  };
  for (const [, address = ''] of html.matchAll(/url\(\s*['"]?([^'")\s]{1,2000})/gi)) block(address);
  const clean = sanitize(html, {
    allowedTags: TAGS,
    allowedAttributes: {
      '*': EVERYWHERE,
      a: ['href', 'target', 'rel'],
      img: ['src', 'alt'],
      font: ['color', 'face', 'size'],
      ol: ['start'],
    },
    allowedStyles: { '*': Object.fromEntries(PROPERTIES.map((property) => [property, PLAIN_VALUE])) },
    allowedSchemes: ['http', 'https', 'mailto'],
    allowedSchemesByTag: { img: ['data'] },
    allowProtocolRelative: false,
    nestingLimit: NESTING_MAX,
    // What these hold is no text of the message.
    nonTextTags: ['script', 'style', 'textarea', 'option', 'noscript', 'title', 'svg', 'math', 'template'],
    transformTags: {
      '*': (tagName, attribs) => {
        for (const name of ['background', 'poster', 'src', 'srcset', 'data']) block(attribs[name] ?? '');
        return { tagName, attribs };
      },
      a: (tagName, attribs) => {
        const href = asBrowsersRead(attribs.href ?? '');
        // Where a link really leads stands in its title, whatever its text and its sender say. One without a scheme leads
        // nowhere: a message has no address of its own.
        if (!/^(?:https?|mailto):/i.test(href)) return { tagName: 'span', attribs: {} };
        const rel = 'noopener noreferrer nofollow';
        return { tagName, attribs: { ...attribs, href, title: href, target: '_blank', rel } };
      },
      img: (tagName, { src: given = '', srcset = '', ...attribs }) => {
        const src = asBrowsersRead(given);
        block(src);
        block(srcset);
        const { alt = '' } = attribs;
        const address = RASTER_DATA.test(src) ? src : /^cid:/i.test(src) ? pictureAt(contentIdOf(src)) : null;
        // What is not shown leaves its name where it would have been.
        if (address === null) return { tagName: 'span', attribs: {}, text: `▢ ${alt}` };
        return { tagName, attribs: { ...attribs, src: address } };
      },
    },
  });
  return { html: clean, blocked: [...blocked] };
}

/** As much of it as is looked at: cut before a tag, so that none is half. */
function beginningOf(given: string): string {
  const html = given.slice(0, HTML_LENGTH_MAX);
  let left = TAGS_MAX;
  for (const { index } of html.matchAll(/<\/?[a-z]/gi)) {
    left -= 1;
    if (left < 0) return html.slice(0, index);
  }
  return html;
}

/** URL standard, "basic URL parser": blanks around an address are no part of it, tabs and line ends nowhere. */
function asBrowsersRead(address: string): string {
  return address
    .replace(/[\t\r\n]/g, '')
    .replace(/^[\x00-\x20]+/, '')
    .trimEnd();
}

/** RFC 2392: the Content-ID, with what may not stand in a URL written as %XX. */
function contentIdOf(address: string): string {
  try {
    return decodeURIComponent(address.slice('cid:'.length));
  } catch {
    return address.slice('cid:'.length);
  }
}
