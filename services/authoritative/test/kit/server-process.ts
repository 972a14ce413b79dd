/**
 * An authoritative server as a process of its own, to be killed at any moment: `server-process.ts ADDRESS FOLDER`. Its files
 * and what it keeps are in the folder; it says "ready" when it serves.
 */
import { createTestHost, startOn } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';

const [address, folder] = process.argv.slice(2) as [string, string];
const net = address.split('.').slice(0, 2).join('.');
const host = createTestHost({ name: 'killed', dir: folder });
await startOn(program, {
  ...host,
  ...{ address, net, stateDir: `${folder}/state`, endpoint: (port: number) => ({ address, port }), redis: null },
});
process.stdout.write('ready\n');
