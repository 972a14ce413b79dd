import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { Child, runChild } from '#shared/host/test/kit/child.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { clientCommand, hasPython, serverCommand, startServer, type Transport } from '../kit/programs.ts';

const WHERE = [`${TEST_NET}.40.9`, '12000'];
const hasStrace = spawnSync('strace', ['-qq', 'true'], { stdio: 'ignore' }).status === 0;

const TRACED = ['-qq', '-e', 'trace=socket,bind,listen,connect,accept,accept4,recvfrom,sendto,close'];
const STEP_OF: Readonly<Record<string, string>> = { socket: 'create', accept4: 'accept' };

/** The calls on the sockets of IPv4 in a trace of strace, by the names of the figure. */
function callsIn(trace: string): string[] {
  const sockets = new Set<string>();
  return trace.split('\n').flatMap((line) => {
    const [, call = '', descriptor = '', result = ''] = /^(\w+)\((\w+)[,)].*= (-?\d+)/.exec(line) ?? [];
    if (call === 'socket' && descriptor === 'AF_INET') sockets.add(result);
    else if (!sockets.has(descriptor)) return [];
    if (call.startsWith('accept')) sockets.add(result);
    if (call === 'close') sockets.delete(descriptor);
    return [STEP_OF[call] ?? call];
  });
}

/** Linux has one pair of system calls for both: send and recv are sendto and recvfrom without an address. */
const FIGURES: readonly { id: string; transport: Transport; server: string[]; client: string[] }[] = [
  {
    id: 'SOCK-32',
    transport: 'udp',
    server: ['create', 'bind', 'recvfrom', 'sendto'],
    client: ['create', 'sendto', 'recvfrom', 'close'],
  },
  {
    id: 'SOCK-33',
    transport: 'tcp',
    server: ['create', 'bind', 'listen', 'accept', 'recvfrom', 'sendto', 'close'],
    client: ['create', 'connect', 'sendto', 'recvfrom', 'close'],
  },
];

describe.runIf(hasStrace && hasPython).each(FIGURES)(
  'the figure of $transport',
  ({ id, transport, server, client }) => {
    test(`${id} the operating system sees the calls of the Python client in the order of the figure (${transport})`, async () => {
      const serving = await startServer('python', transport, WHERE);
      const [command, args] = clientCommand('python', transport);
      const { stderr } = await runChild('strace', [...TRACED, command, ...args, ...WHERE], 'hello\n');
      await serving.stop();
      expect(callsIn(stderr)).toEqual(client);
    });

    test(`${id} and those of the Python server, again for each client (${transport})`, async () => {
      const [command, args] = serverCommand('python', transport);
      const serving = new Child('strace', [...TRACED, command, ...args, ...WHERE]);
      try {
        await serving.says('is ready');
        const [clientProgram, clientArgs] = clientCommand('typescript', transport);
        for (const sentence of ['one\n', 'two\n']) await runChild(clientProgram, [...clientArgs, ...WHERE], sentence);
        const service = server.slice(server.indexOf(transport === 'udp' ? 'recvfrom' : 'accept'));
        // A client may be gone before strace has told what came last.
        await expect.poll(() => callsIn(serving.stderr)).toEqual([...server, ...service]);
      } finally {
        serving.signal('SIGTERM');
        await serving.ended();
      }
    });
  },
);
