/** HTML that is safe by construction: what is put into a template is escaped, unless it is markup already. */

export class Markup {
  readonly html: string;

  constructor(html: string) {
    this.html = html;
  }
}

type Part = string | number | Markup | readonly Markup[] | null;

/** html`<p>${text}</p>`: text is escaped; null leaves nothing. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(literals.reduce((all, literal, index) => all + render(parts[index - 1] ?? null) + literal));
}

function render(part: Part): string {
  if (part === null) return '';
  if (part instanceof Markup) return part.html;
  if (Array.isArray(part)) return part.map((one: Markup) => one.html).join('');
  return escapeText(String(part));
}

/** Characters that would mean something in HTML, in text and in quoted attributes. */
export function escapeText(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => names[character] ?? '');
}
