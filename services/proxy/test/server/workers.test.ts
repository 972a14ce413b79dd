import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestLab } from './test-lab.ts';

const URL_A = 'http://a.test/page';

describe('a proxy of two worker threads', () => {
  let lab: TestLab;
  let version = 1;

  beforeEach(async () => {
    lab = new TestLab(246);
    version = 1;
    lab.answer = (_request, response) =>
      response.writeHead(200, { 'Cache-Control': 'max-age=100', ETag: `"${version}"` }).end(`version ${version}`);
    await lab.start({ WORKERS: '2' });
  });

  afterEach(() => lab.stop());

  /** Asks until both threads have answered: each connection goes to one of them. */
  const askBoth = async (url: string) => {
    const before = await perThread();
    for (let tries = 0; tries < 200; tries += 1) {
      await lab.get(url);
      const now = await perThread();
      if (now.every((requests, thread) => requests > before[thread]!)) return;
    }
    throw new Error('the kernel gives one thread nothing');
  };
  const perThread = async () => ((await lab.state()) as unknown as { workers: number[] }).workers;

  test('has as a hit in one thread what another has stored', async () => {
    await lab.get(URL_A);
    await untilStored();
    await askBoth(URL_A);
    expect(lab.asked.length).toBe(1);
  });

  test('forgets in all threads what is purged, and serves from them what is stored since', async () => {
    await lab.get(URL_A);
    await untilStored();
    await askBoth(URL_A);
    version = 2;
    expect(await lab.running.actions!.purge!.run({ url: URL_A })).toEqual({ purged: 1 });
    expect((await lab.get(URL_A)).body.toString()).toBe('version 2');
    await untilStored();
    for (let turn = 0; turn < 40; turn += 1) expect((await lab.get(URL_A)).body.toString()).toBe('version 2');
    expect(lab.asked.length).toBe(2);
  });

  test('counts together, changes its mode in all threads, and moves with the clock of the lab', async () => {
    for (let turn = 0; turn < 20; turn += 1) await lab.get(URL_A);
    const { counters } = await lab.state();
    expect(counters.requests).toBe(20);
    await lab.running.actions!.mode!.run({ mode: 'always-revalidate' });
    const before = lab.asked.length;
    for (let turn = 0; turn < 10; turn += 1) await lab.get(URL_A);
    expect(lab.asked.length).toBe(before + 10);
    await lab.running.actions!.mode!.run({ mode: 'freshness' });
    lab.host.clock.advance(200_000);
    await lab.get(URL_A);
    expect(lab.asked.length).toBe(before + 11);
  });

  test('tells its reports by the host, and refuses what the lab may not reach', async () => {
    await lab.get(URL_A);
    expect((await lab.get('http://169.254.169.254/')).status).toBe(403);
    expect((await lab.get('http://unknown.test/')).status).toBe(502);
    await expect.poll(() => lab.host.reported.filter(({ kind }) => kind === 'http.response').length).toBeGreaterThan(2);
  });

  const untilStored = () =>
    expect.poll(async () => ((await lab.state()) as unknown as { onDisk: { entries: number } }).onDisk.entries).toBe(1);
});
