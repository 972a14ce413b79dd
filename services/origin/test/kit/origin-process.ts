import { createTestHost, startOn } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';

/**
 * An origin in a process of its own, so that it can be killed or weighed:
 * `node origin-process.ts <address> <folder of the host> <state folder>`; says "ready".
 */
const [address = '', dir = '', stateDir = ''] = process.argv.slice(2);
const made = createTestHost({ name: 'www', dir });
const host = Object.create(made, { address: { value: address }, stateDir: { value: stateDir } });
await startOn(program, host, { KEEP_ALIVE_MS: '600000' });
process.stdout.write('ready\n');
