import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const PROGRAMS = readdirSync(join(ROOT, 'services'));
/** They encrypt nothing, or only where they have a certificate: TLS is 14 ms and 8 MB of a process. */
const WITHOUT_TLS = ['authoritative', 'peer', 'proxy', 'resolver', 'sockets', 'tracker'];

/** The modules of Node that a container's process has loaded when its program can begin. */
async function loadedBy(program: string): Promise<readonly string[]> {
  const code = `
    await import('./shared/host/run.ts');
    await import('./services/${program}/src/program.ts');
    console.log(JSON.stringify(process.moduleLoadList));`;
  const words = ['--input-type=module', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: ROOT });
  return (JSON.parse(stdout) as string[]).map((name) => name.replace('NativeModule ', ''));
}

describe('what every host of the lab would wait and pay for at its start is not loaded:', () => {
  test.each(PROGRAMS)('undici, by %s', async (program) => {
    const loaded = await loadedBy(program);

    expect(loaded).toContain('net');
    expect(loaded).not.toContain('internal/deps/undici/undici');
  });

  test.each(WITHOUT_TLS)('TLS and HTTP/2, by %s', async (program) => {
    const loaded = await loadedBy(program);

    expect(loaded).toContain('net');
    expect(loaded).not.toContain('tls');
    expect(loaded).not.toContain('http2');
  });
});
