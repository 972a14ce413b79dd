/**
 * A proxy as a process of its own, to be killed at any moment: `proxy-process.ts ADDRESS FOLDER ORIGIN`. What it keeps is in the
 * folder, `a.test` leads to the origin, and its variables are in the environment; it says "ready" when it serves.
 */
import { createTestHost, startOn } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';

const [address, folder, origin] = process.argv.slice(2) as [string, string, string];
const net = address.split('.').slice(0, 2).join('.');
const host = createTestHost({ name: 'killed', names: { 'a.test': [origin] } });
const { CACHE_BYTES = '200000', DISK_BYTES = '3000000', WORKERS = '0' } = process.env;
await startOn(program, { ...host, address, net, stateDir: folder }, { CACHE_BYTES, DISK_BYTES, WORKERS });
process.stdout.write('ready\n');
