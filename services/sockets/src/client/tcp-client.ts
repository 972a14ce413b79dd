/**
 * The TCP client of section 2.7: node services/sockets/src/client/tcp-client.ts [HOST [PORT]] [--steps], then a line on
 * standard input. The address is named once, when the connection is made; what is sent afterwards carries none.
 */
import { Socket } from 'node:net';
import { fail, readCommandLine, readSentence } from '../terminal.ts';

const { host, port, waitMs, tell } = readCommandLine({ host: 'sockets.topdown.org' });

const socket = new Socket();
tell({ call: 'create', transport: 'tcp', local: null, remote: null });
socket.on('error', (error) => fail(error.message));

// One line of this program, three segments on the wire.
await new Promise<void>((resolve) => socket.connect(port, host, resolve));
const local = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
const remote = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
tell({ call: 'connect', transport: 'tcp', local, remote });

let answered = false;
socket.on('data', (octets: Buffer) => {
  answered = true;
  tell({ call: 'recv', transport: 'tcp', local, remote, octets });
  process.stdout.write(octets);
});
socket.on('close', () => {
  tell({ call: 'close', transport: 'tcp', local, remote });
  if (!answered) fail(`${host}:${port} closed the connection without an answer`);
  process.stdout.write('\n');
});

const octets = Buffer.from(await readSentence(), 'utf8');
socket.setTimeout(waitMs, () => fail(`No answer from ${host}:${port} in ${waitMs} ms`));
socket.write(octets, () => tell({ call: 'send', transport: 'tcp', local, remote, octets }));
