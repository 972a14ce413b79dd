import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const CHILD = new URL('children/append-and-deliver.ts', import.meta.url).pathname;
const CALLS = 'openat,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,link,linkat';
const UIDS_WRITTEN = /^(fdatasync \/mail\/alice\/dovecot-uidlist|rename\S* \/mail\/alice\/dovecot-uidlist.new .*)$/;
/** strace is not everywhere, and not everywhere allowed. */
const hasStrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

/** The calls below `root`, in the order in which they came to their end: `rename /tmp/x /new/x`. */
function callsOf(trace: string, root: string): string[] {
  const begun = new Map<string, string>();
  return trace.split('\n').flatMap((line) => {
    const [, pid = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (text.endsWith('<unfinished ...>')) {
      begun.set(pid, text.replace(' <unfinished ...>', ''));
      return [];
    }
    const end = /^<\.\.\. \w+ resumed>(.*)$/.exec(text)?.[1];
    return callOf(end === undefined ? text : `${begun.get(pid)}${end}`, root);
  });
}

function callOf(call: string, root: string): string[] {
  const [, name, rest = ''] = /^(\w+)\((.*)$/.exec(call) ?? [];
  if (name === undefined || !rest.includes(root) || / = -1 /.test(rest)) return [];
  const paths = [...rest.matchAll(new RegExp(`[<"]${root}([^>"]*)[>"]`, 'g'))].map(([, path = '']) => path);
  // The path behind "=" is that of the file that was opened.
  if (name === 'openat') return rest.includes('O_EXCL') ? [`create ${paths[0]}`] : [];
  return [[name, ...paths].join(' ')];
}

test.skipIf(!hasStrace)(
  'what is acknowledged was written, synced, named and synced before, in this order: no crash loses it',
  () => {
    const root = mkdtempSync(join(tmpdir(), 'calls-'));
    try {
      execFileSync('strace', [
        '-f',
        '-y',
        '-s',
        '0',
        '-e',
        `trace=${CALLS}`,
        '-o',
        join(root, 'trace'),
        process.execPath,
        CHILD,
        root,
      ]);
      const calls = callsOf(readFileSync(join(root, 'trace'), 'utf8'), root);
      const place = (pattern: RegExp, from = 0) => {
        const at = calls.findIndex((call, index) => index >= from && pattern.test(call));
        expect(at, `${pattern} in ${calls.join('\n')}`).toBeGreaterThanOrEqual(0);
        return at;
      };
      const rises = (patterns: RegExp[], from = 0) => {
        let at = from;
        for (const pattern of patterns) at = place(pattern, at) + 1;
        return at;
      };
      const tmp = '/mail/alice/tmp/\\S+';
      const appeared = rises([
        new RegExp(`^create ${tmp}$`),
        new RegExp(`^p?write(64)? ${tmp}$`),
        new RegExp(`^f(data)?sync ${tmp}$`),
        new RegExp(`^rename(at2?)? ${tmp} /mail/alice/new/\\S+$`),
      ]);
      const isTold = place(/^write \/acknowledged-1$/);
      expect(place(/^fsync \/mail\/alice\/new$/, appeared)).toBeLessThan(isTold);
      // The UID is on disk before the client learns it, and its mod-sequence is in the file.
      expect(place(UIDS_WRITTEN, appeared)).toBeLessThan(isTold);
      expect(place(/topdown-modseq/, appeared)).toBeLessThan(isTold);
      const moved = [
        /^link(at)? \/queued \/mail\/alice\/new\/1795146873\.M1Qq1\.mail\.test,S=19,W=22$/,
        /^fsync \/mail\/alice\/new$/,
        /^write \/acknowledged-2$/,
        /^rename(at2?)? \/mail\/alice\/(new|cur)\/\S+ \/mail\/alice\/\.Trash\/cur\/\S+$/,
        /^fsync \/mail\/alice\/\.Trash\/cur$/,
        /^fsync \/mail\/alice\/(new|cur)$/,
        /^write \/acknowledged-3$/,
      ];
      rises(moved, isTold);
      // Nothing is ever written in the place where readers look.
      expect(calls.filter((call) => /^(create|p?write(64)?) \S*\/(new|cur)\//.test(call))).toEqual([]);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  },
  300_000,
);
