/**
 * Patterns in which `*` stands for any characters, none included: `*@hamburger.edu`, `127.53.*`. Letters match in either
 * case. The time is bounded by the product of both lengths, whatever the pattern: only the last `*` is ever tried again.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  const wanted = pattern.toLowerCase();
  const given = text.toLowerCase();
  let at = 0;
  let star = -1;
  let resumeAt = 0;
  let index = 0;
  while (index < given.length) {
    if (wanted[at] === '*') {
      star = at++;
      resumeAt = index;
    } else if (at < wanted.length && wanted[at] === given[index]) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      at = star + 1;
      index = ++resumeAt;
    } else return false;
  }
  while (wanted[at] === '*') at += 1;
  return at === wanted.length;
}
