/** Octets as text for people: one line for each line, and everything that cannot be seen by its name. */
export function showOctets(octets: string): string {
  const lines = octets.split(/(?<=\n)/);
  return lines.map((line) => `    ${JSON.stringify(line).slice(1, -1)}`).join('\n');
}
