import { escapeHtml } from './escape-html.ts';

/** HTML that may be sent as it is: what `html` has made, or what was written by hand. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | readonly Html[] | null;

/**
 * A template whose values are escaped, unless they are HTML themselves: nobody can forget it. Attributes stand in quotes; null
 * leaves nothing, and several pieces stand in lines of their own.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, string, index) => text + textOf(parts[index - 1] ?? null) + string));
}

function textOf(part: Part): string {
  if (part === null) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(({ text }) => text).join('\n');
  return escapeHtml(String(part));
}
