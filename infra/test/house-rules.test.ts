import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  filesBelow,
  foldersIn,
  importsOf,
  lineAt,
  ROOT,
  type SourceFile,
  sourceFiles,
  unwrapped,
} from './kit/source-files.ts';

/** The rules of this house, each with its reason. A violation is told by file, line and remedy. */

const PROGRAMS = foldersIn('services');
const code = sourceFiles('.ts');

const programOf = (path: string) => /^services\/([^/]+)\//.exec(path)?.[1];
const has = (path: string) => existsSync(join(ROOT, path));

/** Fails with one violation in each line. */
function expectNone(violations: readonly string[]): void {
  if (violations.length > 0) expect.fail(`\n${violations.join('\n')}\n`);
}

describe('the walls between programs', () => {
  test('imports are found in every form, and not inside a template', () => {
    const text = [
      "import { a } from '../protocol/a.ts';",
      'import {\n  type B,\n} from "#shared/b.ts";',
      "export { c } from 'node:net';",
      "const d = await import('../../origin/src/d.ts');",
      "const program = `import { e } from 'e';`;",
    ].join('\n');
    expect(importsOf({ path: 'services/proxy/src/main.ts', text })).toEqual([
      { specifier: '../protocol/a.ts', target: 'services/proxy/protocol/a.ts', line: 1 },
      { specifier: '#shared/b.ts', target: 'shared/b.ts', line: 4 },
      { specifier: 'node:net', target: null, line: 5 },
      { specifier: '../../origin/src/d.ts', target: 'services/origin/src/d.ts', line: 6 },
    ]);
  });

  // A test may: it builds a small world of several programs around the one that it tests.
  test('a program imports itself and shared/, and never another program', () => {
    expectNone(
      code
        .filter(({ path }) => !path.includes('/test/'))
        .flatMap((file) =>
          importsOf(file).flatMap(({ target, line }) => {
            const [from, to] = [programOf(file.path), target === null ? undefined : programOf(target)];
            if (to === undefined || from === to) return [];
            const who = from === undefined ? 'only a program imports itself' : 'a program never imports another';
            // Tests of the whole (e2e, labs, bench) may start a program; nothing that a program is made of may.
            if (from === undefined && !/^(shared|infra)\//.test(file.path)) return [];
            return [`${file.path}:${line}: it imports ${target}: ${who}; move what both need to shared/`];
          }),
        ),
    );
  });

  test('shared/ imports nothing of infra/, and a program neither', () => {
    expectNone(
      code.flatMap((file) =>
        importsOf(file).flatMap(({ target, line }) =>
          target?.startsWith('infra/') && /^(services|shared)\//.test(file.path) && !file.path.includes('/test/')
            ? [`${file.path}:${line}: it imports ${target}: a program does not know what it runs in`]
            : [],
        ),
      ),
    );
  });

  test('protocol code imports protocol code and nothing else: no Node, no package, no socket, no store', () => {
    expectNone(
      code
        .filter(({ path }) => isPure(path))
        .flatMap((file) =>
          importsOf(file).flatMap(({ specifier, target, line }) => {
            if (target !== null && isPure(target)) return [];
            return [
              `${file.path}:${line}: it imports ${specifier}: protocol code is pure; take what it gives as an argument`,
            ];
          }),
        ),
    );
  });

  test('main.ts is the only reader of process.env', () => {
    expectNone(
      code
        .filter(({ path }) => /^services\/[^/]+\/src\//.test(path) && !path.endsWith('/src/main.ts'))
        .flatMap((file) => found(file, /process\.env\b/g, 'it reads process.env: put the variable into config.ts')),
    );
  });
});

describe('what a host weighs at rest', () => {
  /** Also `import { type Server } from 'node:http'`: nothing is left of the names, but the import stays. */
  const asksForHttp = /^import (?!type\b)[^;]*from 'node:http'|\bimport\('node:http'\)/gm;

  test('an import of node:http is found, and one of its types is none', () => {
    const text = [
      "import type { Server } from 'node:http';",
      "import { type IncomingMessage, request } from 'node:http';",
      "import {\n  Agent,\n} from 'node:http';",
      "const { get } = await import('node:http');",
    ].join('\n');
    expect(found({ path: 'a.ts', text }, asksForHttp, '')).toEqual(['a.ts:2: ', 'a.ts:3: ', 'a.ts:6: ']);
  });

  test('nothing that a host is made of imports node:http: it would load undici, 6 MB in every process', () => {
    expectNone(
      code
        .filter(({ path }) => /^(services|shared|infra)\//.test(path) && !path.includes('/test/'))
        .flatMap((file) => found(file, asksForHttp, 'take it from shared/host/node-http.ts')),
    );
  });
});

/** The `src/protocol` of every program, and `shared` less its impure corner; no tests. */
function isPure(path: string): boolean {
  if (path.includes('/test/') || path.endsWith('.test.ts')) return false;
  return (
    /^services\/[^/]+\/src\/protocol\//.test(path) || (path.startsWith('shared/') && !path.startsWith('shared/host/'))
  );
}

function found(file: SourceFile, pattern: RegExp, sentence: string): string[] {
  return [...file.text.matchAll(pattern)].map((match) => `${file.path}:${lineAt(file.text, match.index)}: ${sentence}`);
}

/** Files that every program has. */
const FILES = ['README.md', 'src/main.ts', 'src/config.ts', 'src/program.ts'];
/** Folders that a program's src may have; `client` speaks to our own server, `tool` is run by hand. */
const FOLDERS = ['protocol', 'server', 'store', 'page', 'client', 'tool'];
/** Names that say nothing about what is inside. */
const EMPTY_NAMES = /^(utils?|helpers?|common|misc|types|index|lib|constants)\.[a-z]+$/;

describe.each(PROGRAMS)('the shape of services/%s', (name) => {
  const program = `services/${name}`;

  test('has the files that every program has', () => {
    expectNone(FILES.filter((file) => !has(`${program}/${file}`)).map((file) => `${program}/${file}: is missing`));
  });

  test('says in src/reports.ts what it reports', () => {
    const reporting = code.find(({ path, text }) => path.startsWith(`${program}/src/`) && /\.report\(/.test(text));
    if (reporting === undefined || has(`${program}/src/reports.ts`)) return;
    expectNone([`${program}/src/reports.ts: is missing, and ${reporting.path} reports`]);
  });

  test('has in src the folders that every reader expects, and protocol/ among them', () => {
    const folders = foldersIn(`${program}/src`);
    const unknown = folders.filter((folder) => !FOLDERS.includes(folder));
    expectNone([
      ...unknown.map((folder) => `${program}/src/${folder}: is none of ${FOLDERS.join(', ')}`),
      ...(folders.includes('protocol') ? [] : [`${program}/src/protocol: is missing`]),
    ]);
  });

  test('has a test beside each of protocol, server and store', () => {
    const tested = ['protocol', 'server', 'store'].filter(
      (folder) => filesBelow(`${program}/src/${folder}`).length > 0,
    );
    const without = tested.filter(
      (folder) => !filesBelow(`${program}/test/${folder}`).some((path) => path.endsWith('.test.ts')),
    );
    expectNone(without.map((folder) => `${program}/test/${folder}: has no test of src/${folder}`));
  });

  test.runIf(has(`${program}/src/main.ts`))('has the main.ts of all programs', () => {
    const model = readFileSync(join(ROOT, 'services/sockets/src/main.ts'), 'utf8');
    expect(readFileSync(join(ROOT, program, 'src/main.ts'), 'utf8'), `${program}/src/main.ts`).toBe(model);
  });
});

const SECTIONS = ['Name', 'Role in the lab', 'Speaks', 'Configuration', 'Reports', 'Try it'];

describe.each(PROGRAMS.filter((name) => has(`services/${name}/README.md`)))(
  'the manual page of services/%s',
  (name) => {
    const page = readFileSync(join(ROOT, `services/${name}/README.md`), 'utf8');

    test('has its sections in their order', () => {
      const sections = [...page.matchAll(/^#+ (.+)$/gm)].map(([, title]) => title ?? '');
      expect(
        sections.filter((title) => SECTIONS.includes(title)),
        `services/${name}/README.md`,
      ).toEqual(SECTIONS);
    });

    test.runIf(has(`services/${name}/src/config.ts`))('names every variable of config.ts, and no other', () => {
      const config = readFileSync(join(ROOT, `services/${name}/src/config.ts`), 'utf8');
      const variables = new Set([...config.matchAll(/^\s+([A-Z][A-Z0-9_]+):/gm)].map(([, variable]) => variable ?? ''));
      const section = /^#+ Configuration\n(.*?)(?=^#+ |$(?![\s\S]))/ms.exec(page)?.[1] ?? '';
      const listed = new Set([...section.matchAll(/^\| *`([A-Z][A-Z0-9_]+)`/gm)].map(([, variable]) => variable ?? ''));
      expectNone([
        ...[...variables.difference(listed)].map(
          (each) => `services/${name}/README.md: Configuration lacks a row of \`${each}\``,
        ),
        ...[...listed.difference(variables)].map(
          (each) => `services/${name}/README.md: \`${each}\` is not in config.ts`,
        ),
      ]);
    });
  },
);

describe('names and comments', () => {
  test('files are named after what is in them, in kebab-case', () => {
    expectNone(
      code.flatMap(({ path }) => {
        const name = basename(path);
        if (EMPTY_NAMES.test(name)) return [`${path}: the name says nothing; name the file after its main export`];
        return /^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d)?\.ts$/.test(name) ? [] : [`${path}: write the name in kebab-case`];
      }),
    );
  });

  test('there is nothing left to do', () => {
    const markers = new RegExp(
      `\\b(${['TO', 'FIX', 'X'].map((word, i) => word + ['DO', 'ME', 'XX'][i]).join('|')})\\b`,
      'g',
    );
    const texts = sourceFiles('.ts', '.py', '.md', '.sh', '.yml', '.html', '.css', '.js', '.mjs');
    expectNone(texts.flatMap((file) => found(file, markers, 'do it, or write an issue')));
  });
});

/** What is no citation in the one form of this house: `RFC 9111, section 4.2.1` (or `sections 4.2 and 4.3`) and `BEP 3`. */
const MISCITED: readonly [RegExp, string][] = [
  [/\bRFC[-_]?(?!822\b)\d+\b/g, 'write "RFC", a blank and the number'],
  [/\brfc \d+/g, 'write RFC in capitals'],
  [/\bRFC \d+,? \(?(§|[Ss]ec\.|Sections? |Appendix )/g, 'write ", section" in small letters'],
  [/\bRFC \d+ \(?(sections?|appendix)\b/g, 'write a comma before "section"'],
  [/\bRFC \d+,? \(?\d+(\.\d+)+/g, 'write ", section" before the number of the section'],
  [/\b[Ss]ections? [\d.]+\d of RFC\b/g, 'name the RFC first'],
  [/\bRFC 0\d*/g, 'write the number without zeros'],
  [/\bBEP[-_]?\d+\b/g, 'write "BEP", a blank and the number'],
  [/\bBEP 0\d*/g, 'write the number without zeros'],
];

function miscitedIn(file: SourceFile): string[] {
  const flat = unwrapped(file.text.replace(/https?:\/\/[^\s)>]+/g, (url) => ' '.repeat(url.length)));
  return MISCITED.flatMap(([pattern, remedy]) =>
    [...flat.text.matchAll(pattern)].map((match) => {
      const shown = flat.text.slice(match.index, match.index + SHOWN_LENGTH).trimEnd();
      return `${file.path}:${flat.lineAt(match.index)}: "${shown}": ${remedy}`;
    }),
  );
}

const SHOWN_LENGTH = 40;

describe('citations', () => {
  const texts = sourceFiles('.ts', '.py', '.md').filter(({ path }) => path !== 'infra/test/house-rules.test.ts');

  test('have one form: `RFC 9111, section 4.2.1`, `BEP 3`', () => {
    expectNone(texts.flatMap(miscitedIn));
  });

  test.each([
    'RFC 9111, section 4.2.1 and RFC 9110, sections 7.6.1 and 7.6.3; RFC 1035, appendix A (RFC 768).',
    'the item RFC822.SIZE, RFC850_DATE and message/rfc822; BEP 3; https://www.rfc-editor.org/rfc/rfc1035#section-4',
  ])('are found good: %s', (text) => {
    expect(miscitedIn({ path: 'some.ts', text })).toEqual([]);
  });

  test.each([
    'RFC1035',
    'rfc 1035',
    'RFC-1035, section 4',
    'RFC 1035 section 4.1.4',
    'RFC 1035, Section 4.1.4',
    'RFC 1035 §4.1.4',
    'RFC 1035, 4.1.4',
    'section 4.1.4 of RFC 1035',
    ' * as in RFC 1035\n * section 4.1.4 it says',
    'BEP-3',
    'BEP 0003',
  ])('are found bad: %j', (text) => {
    expect(miscitedIn({ path: 'some.ts', text })).toEqual([expect.stringMatching(/^some\.ts:1: /)]);
  });

  test.runIf(has('docs/rfcs.md'))('and docs/rfcs.md say the same', () => {
    const table = readFileSync(join(ROOT, 'docs/rfcs.md'), 'utf8');
    const listed = new Map(
      [...table.matchAll(/^\| *\[?((?:RFC|BEP) \d+)\b.*$/gm)].map(([row, document]) => [
        document ?? '',
        /\| *no\b/i.test(row),
      ]),
    );
    const cited = new Map<string, string>();
    for (const file of code.filter(({ path }) => /^(services|shared|infra)\//.test(path) && !path.includes('/test/'))) {
      for (const match of unwrapped(file.text).text.matchAll(/\b(RFC|BEP) \d+/g)) cited.set(match[0], file.path);
    }
    expectNone([
      ...[...cited]
        .filter(([document]) => !listed.has(document))
        .map(([document, path]) => `docs/rfcs.md: lacks ${document}, which ${path} cites`),
      ...[...listed]
        .filter(([document, notDone]) => !notDone && !cited.has(document))
        .map(([document]) => `docs/rfcs.md: ${document} is cited nowhere in the code: cite it, or say "no"`),
    ]);
  });
});

interface ComposeService {
  readonly command?: string | readonly string[];
  readonly hostname?: string;
  /** A file beside the map may be mounted in the long syntax. */
  readonly volumes?: readonly (string | object)[];
  readonly deploy?: { readonly replicas?: number };
}

function short(volumes: readonly (string | object)[]): string[] {
  return volumes.filter((volume) => typeof volume === 'string');
}

describe('docker-compose.yml and the folders', () => {
  const FILE = 'docker-compose.yml';
  const compose = parse(readFileSync(join(ROOT, FILE), 'utf8'), { merge: true, maxAliasCount: 10_000 }) as {
    services: Record<string, ComposeService>;
    volumes: Record<string, unknown>;
  };
  const services = Object.entries(compose.services);

  test('a host that mounts /host has a folder of its name in infra/hosts, with something in it', () => {
    expectNone(
      services.flatMap(([name, { volumes = [] }]) => {
        const mounted = short(volumes).find((volume) => /:\/host(:ro)?$/.test(volume));
        if (mounted === undefined) return [];
        if (!mounted.startsWith(`./infra/hosts/${name}:`))
          return [`${FILE}: ${name} mounts ${mounted}: mount its own folder`];
        return filesBelow(`infra/hosts/${name}`).length === 0
          ? [`infra/hosts/${name}: is missing, and ${name} mounts it`]
          : [];
      }),
    );
  });

  test('every folder in infra/hosts belongs to a host that mounts it', () => {
    const mounting = new Set(
      services
        .filter(([, { volumes = [] }]) => short(volumes).some((each) => each.includes(':/host')))
        .map(([name]) => name),
    );
    expectNone(
      foldersIn('infra/hosts')
        .filter((name) => !mounting.has(name))
        .map((name) => `infra/hosts/${name}: no host of ${FILE} mounts it`),
    );
  });

  test('every host knows its own name', () => {
    expectNone(
      services
        // Of those there may be any number, and Docker names them.
        .filter(([, { deploy }]) => deploy?.replicas !== 0)
        .filter(([name, { hostname }]) => hostname !== name)
        .map(([name, { hostname }]) => `${FILE}: ${name} has the hostname ${hostname}: write hostname: ${name}`),
    );
  });

  test('volumes are listed once and used', () => {
    const named = services.flatMap(([, { volumes = [] }]) =>
      short(volumes).flatMap((volume) => /^([a-z0-9-]+):/.exec(volume)?.[1] ?? []),
    );
    const [used, listed] = [new Set(named), new Set(Object.keys(compose.volumes))];
    expectNone([
      ...[...listed.difference(used)].map((name) => `${FILE}: the volume ${name} is used by no host`),
      ...[...used.difference(listed)].map((name) => `${FILE}: the volume ${name} is not listed under volumes`),
    ]);
  });

  test('every program that a host runs is there, and every program runs on a host', () => {
    const run = new Set(
      services.flatMap(([, { command }]) => /services\/([a-z]+)\/src\/main\.ts/.exec(String(command))?.[1] ?? []),
    );
    expectNone([
      ...[...run]
        .filter((name) => !has(`services/${name}/src/main.ts`))
        .map((name) => `services/${name}/src/main.ts: is missing, and ${FILE} runs it`),
      ...PROGRAMS.filter((name) => !run.has(name)).map((name) => `services/${name}: no host of ${FILE} runs it`),
    ]);
  });
});
