import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeStateFolder } from '../embedded/state-folder.ts';

const STATE_FOLDER = fileURLToPath(new URL('../embedded/state-folder.ts', import.meta.url));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topdown-state-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process of its own that takes the folder and keeps it. */
async function takenByAnother(): Promise<{ kill(): Promise<void> }> {
  const program = `import { takeStateFolder } from ${JSON.stringify(STATE_FOLDER)};
await takeStateFolder(${JSON.stringify(folder)}, false);
console.log('taken');
setInterval(() => {}, 60_000);`;
  const other = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(other.stdout, 'data');
  return {
    kill: async () => {
      other.kill('SIGKILL');
      await once(other, 'exit');
    },
  };
}

test('a folder is one lab’s at a time, and the next one’s when it is left', async () => {
  const leave = await takeStateFolder(folder, false);
  await expect(takeStateFolder(folder, false)).rejects.toThrow(
    `A lab that keeps its state in ${folder} is running already: stop it, or start this one with a net and a folder of its own`,
  );
  leave();
  (await takeStateFolder(folder, false))();
});

test('a folder that another process has is refused, until that is killed', async () => {
  const other = await takenByAnother();
  await expect(takeStateFolder(folder, false)).rejects.toThrow(/is running already/);
  await other.kill();
  (await takeStateFolder(folder, false))();
});

test('what an earlier run kept is forgotten on demand, and never that of a lab that runs', async () => {
  const leave = await takeStateFolder(join(folder, 'new'), false);
  writeFileSync(join(folder, 'new', 'kept'), '');
  await expect(takeStateFolder(join(folder, 'new'), true)).rejects.toThrow(/is running already/);
  expect(existsSync(join(folder, 'new', 'kept'))).toBe(true);
  leave();

  const again = await takeStateFolder(join(folder, 'new'), true);
  expect(readdirSync(join(folder, 'new'))).toEqual(['lock']);
  again();
});
