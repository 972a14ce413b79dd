/** SVG as text: elements, attributes, and one sheet of colours that is as legible on a dark screen and on a projector. */

/** Size of every plot, in user units: the shape of a projector. */
export const WIDTH = 1280;
export const HEIGHT = 720;

type Attributes = Readonly<Record<string, string | number>>;

export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(shown(value))}"`);
  return children.length === 0
    ? `<${name}${written.join('')}/>`
    : `<${name}${written.join('')}>${children.join('')}</${name}>`;
}

/** Text at a place; `anchor` says which end of it is there. */
export function text(
  content: string,
  at: { x: number; y: number; class?: string; anchor?: 'start' | 'middle' | 'end' },
): string {
  const { anchor = 'start', ...attributes } = at;
  return element('text', { ...attributes, 'text-anchor': anchor }, escaped(content));
}

export function line(x1: number, y1: number, x2: number, y2: number, className: string): string {
  return element('line', { x1, y1, x2, y2, class: className });
}

/** A line through all points. */
export function path(points: readonly (readonly [number, number])[], className: string): string {
  const d = points.map(([x, y], nth) => `${nth === 0 ? 'M' : 'L'}${shown(x)} ${shown(y)}`).join('');
  return element('path', { d, class: className });
}

/** A whole picture; `title` and `summary` are what somebody hears who does not see it. */
export function picture(title: string, summary: string, ...children: readonly string[]): string {
  return `${element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img' },
    element('title', {}, escaped(title)),
    element('desc', {}, escaped(summary)),
    `<style>${STYLE}</style>`,
    element('rect', { width: WIDTH, height: HEIGHT, class: 'paper' }),
    text(title, { x: 48, y: 64, class: 'title' }),
    text(summary, { x: 48, y: 100, class: 'summary' }),
    ...children,
  ).replaceAll('><', '>\n<')}\n`;
}

/**
 * Three series, told apart by colour, by shape and by their labels; the colours are those of Okabe and Ito, which differ for
 * every kind of colour vision, darker on white and lighter on black.
 */
const STYLE = `
svg { --paper:#ffffff; --ink:#1b1f24; --faint:#5b6470; --grid:#dfe3e8; --one:#b34700; --two:#00619c; --three:#00725a; }
@media (prefers-color-scheme: dark) {
  svg { --paper:#12161b; --ink:#f0f3f6; --faint:#aab4bf; --grid:#2c343d; --one:#f5a742; --two:#6cc0f5; --three:#3fd0a8; }
}
.paper { fill:var(--paper) }
text { font-family:system-ui,"Noto Sans KR","Apple SD Gothic Neo","Malgun Gothic","Noto Sans CJK KR",sans-serif; font-size:22px; fill:var(--ink) }
.title { font-size:34px; font-weight:650 } .summary { font-size:21px; fill:var(--faint) }
.tick { font-size:21px; fill:var(--faint) } .axis-name { font-size:22px; fill:var(--faint) }
.grid { stroke:var(--grid); stroke-width:1.5 } .axis { stroke:var(--faint); stroke-width:2 }
.bound { fill:none; stroke-width:4 } .ceiling { stroke:var(--faint); stroke-width:2.5; stroke-dasharray:3 8; stroke-linecap:round }
.whisker { stroke-width:3 } .middle { stroke-width:5; stroke-linecap:round } .mark { stroke:var(--paper); stroke-width:2 }
.dot { stroke:var(--paper); stroke-width:1.5; fill-opacity:.8 }
.label { font-size:23px; font-weight:600 }
line.one,path.one { stroke:var(--one) } line.two,path.two { stroke:var(--two) } line.three,path.three { stroke:var(--three) }
text.one,circle.one,rect.one { fill:var(--one) } text.two,circle.two,rect.two { fill:var(--two) }
text.three,circle.three,rect.three { fill:var(--three) }
`;

function shown(value: string | number): string {
  return typeof value === 'number' ? String(Math.round(value * 100) / 100) : value;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
