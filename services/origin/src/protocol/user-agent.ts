/** The User-Agent field (RFC 9110, section 10.1.5): products, each with a version or not, and comments between them. */

/** Longest field value that is looked at, in characters. */
const CHARACTERS_MAX = 512;

/** Whether one of the products is among `names`, which are in lower case. */
export function isAgent(userAgent: string | undefined, names: readonly string[]): boolean {
  if (userAgent === undefined) return false;
  const products = withoutComments(userAgent.slice(0, CHARACTERS_MAX)).toLowerCase().split(/\s+/);
  return products.some((product) => names.includes(product.replace(/\/.*$/, '')));
}

/** Comments stand in parentheses and may nest (RFC 9110, section 5.6.5). */
function withoutComments(text: string): string {
  let depth = 0;
  let outside = '';
  for (const character of text) {
    if (character === '(') depth += 1;
    else if (character === ')') depth = Math.max(0, depth - 1);
    else if (depth === 0) outside += character;
  }
  return outside;
}
