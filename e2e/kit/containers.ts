import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DockerComposeEnvironment } from 'testcontainers';
import type { TestProject } from 'vitest/node';
import { serveHarness } from './harness.ts';
import type { LabPlaces } from './lab-under-test.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** A prefix and published addresses of its own, so that a lab in use is not disturbed. */
const NET = '10.63';
const PUBLISH = process.platform === 'linux' ? '127.0.0.63' : '127.0.0.1';
const PROJECT = 'topdown-e2e';
/** Longest time to build the images and to start all hosts, in milliseconds. */
const UP_MS_MAX = 900_000;

const execute = promisify(execFile);

/** Global set-up: the compose environment of the whole lab, through testcontainers. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const environment = { LAB_NET: NET, LAB_PUBLISH: PUBLISH };
  // Hosts with a health check are waited for by it; the client has none and only has to run.
  const started = await new DockerComposeEnvironment(ROOT, 'docker-compose.yml')
    .withProjectName(PROJECT)
    .withEnvironment(environment)
    .withStartupTimeout(UP_MS_MAX)
    .withBuild()
    .up();
  const harness = await serveHarness({
    stop: (name) => dockerCompose(environment, 'stop', name),
    // Every process of the container but the first, which then has nothing left to wait for.
    crash: (name) => dockerCompose(environment, 'exec', '-T', name, 'bash', '-c', 'kill -9 -1').catch(() => {}),
    start: (name) => dockerCompose(environment, 'up', '--detach', '--wait', '--no-deps', '--no-recreate', name),
  });
  const at = (port: number) => ({ address: PUBLISH, port });
  const places: LabPlaces = {
    form: 'containers',
    net: NET,
    published: PUBLISH,
    project: PROJECT,
    observatory: `http://${PUBLISH}:8080`,
    resolver: at(5300),
    resolverTls: at(8530),
    resolverHttps: at(4430),
    proxy: at(3128),
    crepes: { submission: at(1587), pop3: at(1110), imap: at(1143) },
    hamburger: { submission: at(2587), pop3: at(2110), imap: at(2143) },
    harness: harness.url,
  };
  project.provide('lab', places);
  return async () => {
    await harness.close();
    await started.down({ removeVolumes: true });
  };
}

async function dockerCompose(environment: Record<string, string>, ...words: string[]): Promise<void> {
  await execute('docker', ['compose', '--project-name', PROJECT, ...words], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
  });
}
