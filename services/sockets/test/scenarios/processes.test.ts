import { describe, expect, test } from 'vitest';
import { Child, runChild } from '#shared/host/test/kit/child.ts';
import { hasProc, kernelSockets, socketDescriptors } from '#shared/host/test/kit/kernel-sockets.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import {
  answerOf,
  canRun,
  clientCommand,
  fileOf,
  hasPython,
  LANGUAGES,
  runClient,
  startServer,
  TRANSPORTS,
} from '../kit/programs.ts';

/** Client and server as two processes, in both languages. */

const ADDRESS = `${TEST_NET}.40.5`;
const WHERE = [ADDRESS, '12000'];

const MATRIX = TRANSPORTS.flatMap((transport) =>
  LANGUAGES.flatMap((server) => LANGUAGES.map((client) => ({ transport, server, client }))),
);

describe.each(MATRIX)('$transport', ({ transport, server, client }) => {
  test.runIf(canRun(server) && canRun(client))(
    `SOCK-34 the client in ${client} and the server in ${server} understand each other over ${transport}`,
    async () => {
      const serving = await startServer(server, transport, WHERE);
      try {
        for (const [sentence, answer] of [
          ['hello 안녕', 'HELLO 안녕'],
          ['twice', 'TWICE'],
        ] as const) {
          const asked = await runClient(client, transport, WHERE, sentence);
          expect(asked).toMatchObject({ code: 0 });
          expect(answerOf(asked)).toBe(answer);
        }
      } finally {
        await serving.stop();
      }
    },
  );
});

describe.each(TRANSPORTS)('over %s', (transport) => {
  test.runIf(hasProc)(
    `SOCK-01 two programs are two processes, each with a socket of its own (${transport})`,
    async () => {
      const server = await startServer('typescript', transport, WHERE);
      const [command, args] = clientCommand('typescript', transport);
      const client = new Child(command, [...args, ...WHERE, '--steps']);
      try {
        await client.says('Sentence in lower case');
        const held = kernelSockets(transport).find(({ local }) => local.address === ADDRESS && local.port === 12_000);
        expect(socketDescriptors(server.pid).has(held?.inode ?? 0)).toBe(true);
        expect(socketDescriptors(client.pid).has(held?.inode ?? 0)).toBe(false);
        client.type('from one process to another\n');
        expect((await client.ended()).stdout).toContain('FROM ONE PROCESS TO ANOTHER');
      } finally {
        await Promise.all([client.stop(), server.stop()]);
      }
    },
  );
});

/** The calls in the order in which a program with `--steps` printed them. */
function callsIn(text: string): string[] {
  return text
    .split('\n')
    .flatMap((line) => /^(?:Sentence in lower case: )?([a-z]+) {2,}\S/.exec(line)?.[1] ?? [])
    .filter((call) => call !== 'call');
}

const FIGURES = [
  {
    id: 'SOCK-32',
    transport: 'udp',
    server: ['create', 'bind', 'recvfrom', 'sendto', 'close'],
    client: ['create', 'sendto', 'recvfrom', 'close'],
  },
  {
    id: 'SOCK-33',
    transport: 'tcp',
    server: ['create', 'bind', 'listen', 'accept', 'recv', 'send', 'close', 'close'],
    client: ['create', 'connect', 'send', 'recv', 'close'],
  },
] as const;

describe.each(FIGURES)('the figure of $transport', ({ id, transport, server: expected, client: asked }) => {
  test(`${id} both programs print the steps of the figure in its order (${transport})`, async () => {
    const server = await startServer('typescript', transport, [...WHERE, '--steps']);
    const client = await runClient('typescript', transport, [...WHERE, '--steps'], 'hello');
    // The client may be gone before the server has told its own last step.
    const served = expected.slice(0, expected.lastIndexOf('close'));
    await expect.poll(() => callsIn(server.stderr)).toEqual(served);
    server.signal('SIGTERM');
    expect(callsIn((await server.ended()).stderr)).toEqual(expected);
    expect(callsIn(client.stderr)).toEqual(asked);
  });
});

test('ERR-04 the socket is created without an address; the welcoming socket is named by connect', async () => {
  const server = await startServer('typescript', 'tcp', WHERE);
  const { stderr } = await runClient('typescript', 'tcp', [...WHERE, '--steps'], 'hello');
  await server.stop();
  const line = (call: string) => stderr.split('\n').find((each) => each.includes(`${call}  `)) ?? '';
  expect(line('create')).not.toContain('12000');
  expect(line('connect')).toContain(`names the server: ${ADDRESS}:12000`);
});

describe('what goes wrong is said in one sentence', () => {
  test.each(TRANSPORTS)('nobody answers over %s', async (transport) => {
    const nobody = [`${TEST_NET}.40.99`, '12000', '--wait-ms', '200'];
    const { code, stderr } = await runClient('typescript', transport, nobody, 'hello');
    expect(code).toBe(1);
    expect(stderr).toMatch(transport === 'tcp' ? /ECONNREFUSED/ : /No answer from .* in 200 ms/);
  });

  test.each([
    [['127.0.0.1', '0'], 'the port is "0": give a whole number from 1 to 65535'],
    [['127.0.0.1', '12000', '--wait-ms', 'soon'], '--wait-ms is "soon": give a whole number from 1 to 600000'],
  ])('%j is refused', async (args, sentence) => {
    const { code, stderr } = await runClient('typescript', 'udp', args, 'hello');
    expect({ code, stderr }).toEqual({ code: 1, stderr: `${sentence}\n` });
  });

  test('an empty input sends nothing', async () => {
    const [command, args] = clientCommand('typescript', 'udp');
    const { code, stderr } = await runChild(command, args, '');
    expect(code).toBe(1);
    expect(stderr).toContain('There is no sentence to send');
  });
});

describe.runIf(hasPython)('ERR-03 the programs of the notes', () => {
  const python = (...args: string[]) => runChild('python3', args);

  test('ERR-03 ours compile: quotes, input and print as Python 3 has them', async () => {
    const files = TRANSPORTS.flatMap((transport) => [`${transport}_client.py`, `${transport}_server.py`]);
    const code = 'import sys\nfor file in sys.argv[1:]: compile(open(file, encoding="utf-8").read(), file, "exec")';
    expect(await python('-c', code, ...files.map((file) => fileOf(`python/${file}`)))).toMatchObject({ code: 0 });
  });

  test.each([
    ['typographic quotes', 'print(\u2019ready\u2019)', "print('ready')", 'SyntaxError'],
    ['Input with a capital', "Input('line:')", "input('line:')", 'NameError'],
    ['raw_input of Python 2', "raw_input('line:')", "input('line:')", 'NameError'],
  ])('ERR-03 %s does not run as printed, and does when mended', async (_what, printed, mended, error) => {
    const asPrinted = await runChild('python3', ['-c', printed], 'x\n');
    expect(asPrinted.code).toBe(1);
    expect(asPrinted.stderr).toContain(error);
    expect(await runChild('python3', ['-c', mended], 'x\n')).toMatchObject({ code: 0 });
  });
});
