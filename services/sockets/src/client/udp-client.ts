/**
 * The UDP client of section 2.7: node services/sockets/src/client/udp-client.ts [HOST [PORT]] [--steps], then a line on
 * standard input. It binds nothing: the operating system chooses its port.
 */
import { createSocket } from 'node:dgram';
import { fail, readCommandLine, readSentence } from '../terminal.ts';

const { host, port, waitMs, tell } = readCommandLine({ host: 'sockets.topdown.org' });
const octets = Buffer.from(await readSentence(), 'utf8');

const socket = createSocket('udp4');
tell({ call: 'create', transport: 'udp', local: null, remote: null });
socket.on('error', (error) => fail(error.message));

socket.on('message', (reply, remote) => {
  const local = socket.address();
  tell({ call: 'recvfrom', transport: 'udp', local, remote, octets: reply });
  process.stdout.write(`${reply.toString('utf8')}\n`);
  socket.close(() => {
    clearTimeout(waiting);
    tell({ call: 'close', transport: 'udp', local, remote: null });
  });
});

// A datagram may be lost, or its answer, and nobody would tell.
const waiting = setTimeout(
  () => fail(`No answer from ${host}:${port} in ${waitMs} ms: the datagram is lost, or nobody listens there`),
  waitMs,
);

// The destination goes with each datagram; the source is added by the operating system.
socket.send(octets, port, host, (error) => {
  if (error !== null) return fail(error.message);
  tell({ call: 'sendto', transport: 'udp', local: socket.address(), remote: { address: host, port }, octets });
});
