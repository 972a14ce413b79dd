/** Text with soft line breaks: RFC 3676. A line that ends in a blank goes on in the next one of the same quote depth. */

/** Signature lines never flow (section 4.3). */
const SIGNATURE = '-- ';

/** @param deletesSpace the parameter DelSp: the blank before a soft break is no part of the text (section 4.1). */
export function joinFlowedLines(text: string, deletesSpace: boolean): string {
  const lines: { depth: number; text: string; isOpen: boolean }[] = [];
  for (const line of text.split('\n')) {
    const depth = /^>*/.exec(line)?.[0].length ?? 0;
    // Section 4.4: a line that begins with a blank, `>` or "From " was stuffed with one more blank.
    const content = line.slice(depth).replace(/^ /, '');
    const before = lines.at(-1);
    const isSignature = content === SIGNATURE;
    const isSoft = content.endsWith(' ') && !isSignature;
    const kept = isSoft && deletesSpace ? content.slice(0, -1) : content;
    if (before?.isOpen && before.depth === depth && !isSignature) {
      before.text += kept;
      before.isOpen = isSoft;
    } else lines.push({ depth, text: kept, isOpen: isSoft });
  }
  return lines.map(({ depth, text: content }) => (depth > 0 ? `${'>'.repeat(depth)} ${content}` : content)).join('\n');
}
