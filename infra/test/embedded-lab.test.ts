import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { claimTestNet, TEST_NET } from '#shared/host/test-host.ts';
import { startLab } from '../embedded/lab.ts';
import { thingsToTry } from '../embedded/screen.ts';

/** The prefix of this file's labs, and the address that they are published on. */
const NET = TEST_NET;
const OTHER_NET = claimTestNet();
const PUBLISH = `127.0.0.${TEST_NET.split('.')[1]}`;

test('what the screen says to try is where the lab is published', async () => {
  const lab = await startLab({ net: NET, only: ['sockets'], publish: PUBLISH });
  try {
    const [line = ''] = /http:.*/.exec(thingsToTry(lab, 'en', true)) ?? [];
    expect(line).toBe(`http://${PUBLISH}:8080/`);
    expect((await fetch(line)).status).toBe(200);
    expect(thingsToTry(lab, 'ko', true)).toContain(`dig @${PUBLISH} -p 5300 www.someschool.edu`);
    expect(thingsToTry(lab, 'en', false)).toContain(`http://${NET}.0.20:${80 + lab.portOffset}/`);
  } finally {
    await lab.stop();
  }
});

test('a published port that is taken is told with its host, and with what helps', async () => {
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(8080, PUBLISH, resolve));
  const started = startLab({ net: NET, only: ['sockets'], publish: PUBLISH });
  await expect(started).rejects.toThrow(
    new RegExp(`^observatory: The port ${PUBLISH}:8080 of this machine is taken: .*LAB_PUBLISH=127\\.0\\.0\\.2`),
  );
  squatter.close();
});

test('a lab that cannot start leaves nothing running: the next one finds all ports free', async () => {
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(12_000, `${NET}.40.1`, resolve));
  await expect(startLab({ net: NET })).rejects.toThrow(/^sockets: The port .* is taken/);
  await new Promise((resolve) => squatter.close(resolve));
  const lab = await startLab({ net: NET });
  await lab.stop();
});

test('a second lab is kept out of the folder of one that runs, and a later one finds what it left', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'topdown-lab-'));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  const one = await startLab({ net: NET, only: ['sockets'], stateDir });
  const kept = join(stateDir, 'sockets', 'kept');
  writeFileSync(kept, '');
  await expect(startLab({ net: OTHER_NET, only: ['sockets'], stateDir, fresh: true })).rejects.toThrow(
    `A lab that keeps its state in ${stateDir} is running already`,
  );
  await one.stop();
  await (await startLab({ net: OTHER_NET, only: ['sockets'], stateDir })).stop();
  expect(existsSync(kept)).toBe(true);
  await (await startLab({ net: NET, only: ['sockets'], stateDir, fresh: true })).stop();
  expect(existsSync(kept)).toBe(false);
});

test('a lab that is stopped twice is stopped', async () => {
  const lab = await startLab({ net: NET, only: ['sockets'], publish: PUBLISH });
  await Promise.all([lab.stop(), lab.stop()]);
  await lab.stop();
  expect(lab.hosts.some((host) => host.isUp)).toBe(false);
});
