import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const load = createRequire(import.meta.url);
const SERVERS = join(dirname(load.resolve('dns2/package.json')), 'server');

/**
 * The server classes of dns2, each from its own file. The package's entry loads its clients too, and with them node:https and
 * node:http2: 20 ms and 9 MB of every name server, which asks nobody by them.
 */
export const UDPServer = load(join(SERVERS, 'udp.js')) as typeof import('dns2').UDPServer;
export const TCPServer = load(join(SERVERS, 'tcp.js')) as typeof import('dns2').TCPServer;
