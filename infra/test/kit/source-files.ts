import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Folders that hold what we have written. */
const OUR_FOLDERS = ['services', 'shared', 'infra', 'e2e', 'labs', 'bench', 'docs'];
const NOT_OURS = new Set(['node_modules', '.git', '.lab', 'results', 'coverage', '__pycache__']);

/** A file of the repository as the rules see it. */
export interface SourceFile {
  /** From the root of the repository: `services/origin/src/main.ts`. */
  readonly path: string;
  readonly text: string;
}

/** All files below our folders whose names end in one of `endings`. */
export function sourceFiles(...endings: string[]): SourceFile[] {
  const paths = OUR_FOLDERS.flatMap((folder) => filesBelow(folder));
  return paths
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** Names of the folders in `folder`; none when it is not there. */
export function foldersIn(folder: string): string[] {
  return entries(folder)
    .filter((entry) => entry.isDirectory() && !NOT_OURS.has(entry.name))
    .map(({ name }) => name);
}

/** Paths of all files below `folder`; none when it is not there. */
export function filesBelow(folder: string): string[] {
  return entries(folder).flatMap((entry) => {
    if (NOT_OURS.has(entry.name)) return [];
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function entries(folder: string) {
  try {
    return readdirSync(join(ROOT, folder), { withFileTypes: true });
  } catch {
    return [];
  }
}

/** One `import` or `export ... from` of a file, and where it leads. */
export interface Import {
  /** As it is written: `../protocol/answer.ts`, `#shared/report.ts`, `node:net`, `fastify`. */
  readonly specifier: string;
  /** A path from the root of the repository, or null for what is not ours. */
  readonly target: string | null;
  readonly line: number;
}

const IMPORT = /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;

/** The imports of `file`, those inside a template (a program in a test, say) left out. */
export function importsOf(file: SourceFile): Import[] {
  const text = file.text.replace(/`(?:[^`\\]|\\.)*`/g, (template) => template.replace(/[^\n]/g, ' '));
  return [...text.matchAll(IMPORT)].map((match) => {
    const specifier = match[1] ?? match[2] ?? '';
    const line = lineAt(text, match.index + match[0].length);
    return { specifier, target: targetOf(specifier, file.path), line };
  });
}

function targetOf(specifier: string, from: string): string | null {
  if (specifier.startsWith('.')) return join(dirname(from), specifier);
  const ours = /^#(shared|infra)\/(.*)$/.exec(specifier);
  return ours === null ? null : `${ours[1]}/${ours[2]}`;
}

/** The line of `offset` in `text`, from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** `text` with each line break (and what begins a line of a comment) as one blank, and the line of each character. */
export function unwrapped(text: string): { text: string; lineAt: (offset: number) => number } {
  let flat = '';
  const starts: { at: number; line: number }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    starts.push({ at: flat.length, line: index + 1 });
    flat += `${line.replace(/^\s*(?:\*|\/\/|#|>)?\s*/, '').trimEnd()} `;
  }
  return { text: flat, lineAt: (offset) => starts.findLast(({ at }) => at <= offset)?.line ?? 1 };
}
