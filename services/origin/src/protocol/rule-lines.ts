/** What the small files of rules beside the documents have in common: one rule a line, `#` begins a comment line. */

/** Lines that say something, with their numbers. */
export function ruleLines(text: string): [number: number, line: string][] {
  return text
    .split(/\r?\n/)
    .map((line, index): [number, string] => [index + 1, line])
    .filter(([, line]) => line.trim() !== '' && !line.trimStart().startsWith('#'));
}

/** Whether `path` is one that `pattern` means; `*` stands for any characters. */
export function matchesPattern(pattern: string, path: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === path;
  const [first, last] = [parts[0]!, parts.at(-1)!];
  if (!path.startsWith(first) || !path.endsWith(last) || path.length < first.length + last.length) return false;
  // The parts between the first and the last are found from left to right: no backtracking.
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = path.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= path.length - last.length;
}
