/**
 * Scenarios as text. A file has any number of them; comments (`;`) before one say why it exists.
 *
 *     SCENARIO name                            the name of the test
 *     USE lab                                  takes the servers of the file lab.world in
 *     SET minimise no | prefetch no | stale 0 | cache 5000 | links 64      (what it changes: see simulation.ts)
 *     SERVER 10.53.3.1                         a server; its zones and replies follow
 *     ZONE cnn.com.                            lines of a zone file, indented
 *     REPLY NAME TYPE                          a reply by hand to matching questions (`*` matches all): indented, `aa`, `rcode X`,
 *                                              `answer`, `authority`, `additional` with a record; `@` is the name asked for
 *     ASK [500x] NAME TYPE [rd=0] [from=ADDRESS] [edns=0] [do=1]
 *                                              asks, runs until it is answered, and expects (indented):
 *                                              rcode X, answer RECORD, authority RECORD, no answer, error N, no error, flag [!]ra,
 *                                              queries N, queries <= N, asked SERVER NAME TYPE, within MS, at MS, because WORDS
 *     PASS 10 s                                lets lab time pass
 *     DOES SERVER FAULT                        from now on the server has a fault (faults.ts), `nothing` for none
 *     DELAY SERVER MS                          from now on its replies take so long
 *     CHANGE SERVER ZONE                       replaces a zone by the lines that follow, indented
 *     CACHE NAME TYPE RANK | CACHE NAME TYPE nothing        what the cache must know now
 */
export interface Directive {
  readonly line: number;
  readonly word: string;
  readonly arguments: readonly string[];
  /** The indented lines below it. */
  readonly body: readonly string[];
}

export interface Scenario {
  readonly name: string;
  readonly directives: readonly Directive[];
}

export function parseScenarios(text: string): Scenario[] {
  const scenarios: { name: string; directives: Directive[] }[] = [];
  for (const directive of directivesOf(text)) {
    if (directive.word === 'SCENARIO') scenarios.push({ name: directive.arguments.join(' '), directives: [] });
    else if (scenarios.length === 0) throw new Error(`line ${directive.line}: SCENARIO must come first`);
    else scenarios.at(-1)!.directives.push(directive);
  }
  return scenarios;
}

/** The directives of a text, without comments and empty lines. */
export function directivesOf(text: string): Directive[] {
  const directives: (Directive & { body: string[] })[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    const content = line.replace(/(^|\s);.*$/, '').trimEnd();
    if (content === '') continue;
    if (/^\s/.test(content)) {
      // Blanks at the beginning of a line mean something in a zone file: only the indentation goes.
      directives.at(-1)?.body.push(content.replace(/^ {2}/, ''));
      continue;
    }
    const [word, ...rest] = content.split(/\s+/);
    directives.push({ line: at + 1, word: word!, arguments: rest, body: [] });
  }
  return directives;
}
