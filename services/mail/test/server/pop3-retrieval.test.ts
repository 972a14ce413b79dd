import type { Socket } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestHost, type TestHost } from '#shared/host/test-host.ts';
import { LockedMaildrop } from '../../src/server/pop3-maildrop.ts';
import { sendMessage } from '../../src/server/pop3-retrieval.ts';
import { Pop3Wire } from '../../src/server/pop3-wire.ts';
import { MailStore } from '../../src/store/mail-store.ts';
import { eventually } from '../eventually.ts';

const MESSAGE = 'Subject: one\r\n\r\n.\r\nx\r\n';
/** More than is read of a file at once. */
const LARGE = `Subject: large\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(10_000)}`;

let host: TestHost;
let store: MailStore;
let maildrop: LockedMaildrop;

beforeEach(async () => {
  host = createTestHost({ name: 'mail-crepes', suffix: '179.1' });
  store = new MailStore(join(host.stateDir, 'mail'), host.clock, 'mail.crepes.fr', {
    quotaOctets: 0,
    diskFreeOctetsMin: 0,
    fileOctetsMax: Number.MAX_SAFE_INTEGER,
    onBroken: () => {},
  });
  await store.open(['alice']);
  for (const text of [MESSAGE, MESSAGE, LARGE]) await store.inbox('alice').append(pieces(text));
  const locked = await LockedMaildrop.open(store, 'alice', host.log);
  if (locked === null) throw new Error('the maildrop is locked');
  maildrop = locked;
});

afterEach(async () => {
  await maildrop.close();
  await host.remove();
});

async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

function retrieve(wire: Pop3Wire, uid: number): Promise<void> {
  return sendMessage(wire, maildrop, { kind: 'send-message', line: '+OK', uid, bodyLines: null }, host.log);
}

const modseqs = async () => (await store.inbox('alice').messages()).messages.map(({ modseq }) => modseq);
const flags = async () => (await store.inbox('alice').messages()).messages.map((message) => message.flags);

test('status line, message and final dot leave together, in as few packets as will do', async () => {
  const socket = new CountingSocket();
  const wire = new Pop3Wire(host, socket as unknown as Socket, 60_000);
  socket.push('NOOP\r\n');
  await retrieve(wire, 1);
  await wire.next(255);
  expect(socket.writes).toEqual(['+OK\r\nSubject: one\r\n\r\n..\r\nx\r\n.\r\n']);
});

test('of a large message no more waits than one piece, while the client does not read', async () => {
  const socket = new CountingSocket();
  socket.isStuck = true;
  const wire = new Pop3Wire(host, socket as unknown as Socket, 60_000);
  const retrieved = retrieve(wire, 3);
  await eventually(() => socket.writes.length > 0);
  await new Promise((resolve) => setImmediate(resolve));
  expect(socket.writableLength).toBeLessThan(LARGE.length / 4);
  socket.goOn();
  await retrieved;
  socket.push('NOOP\r\n');
  await wire.next(255);
  expect(socket.writes.join('')).toBe(`+OK\r\n${LARGE}.\r\n`);
});

test('messages that are fetched one after the other are marked as seen at once: one change for all who watch', async () => {
  const before = await modseqs();
  for (const uid of [1, 2]) maildrop.markAsSeen(uid);
  await maildrop.close();
  const after = await modseqs();
  expect(await flags()).toEqual(['S', 'S', '']);
  expect(after[0]).toBe(after[1]);
  expect(after[0]).toBe(Math.max(...before) + 1);
});

test('a fetched message is marked a moment later, though its session goes on; one that is removed needs no mark', async () => {
  maildrop.markAsSeen(1);
  await eventually(async () => (await flags())[0] === 'S');
  maildrop.markAsSeen(2);
  await maildrop.remove([2]);
  await maildrop.close();
  expect(await flags()).toEqual(['S', '']);
});

/** A connection that tells what was handed to it together. */
class CountingSocket extends Duplex {
  readonly remoteAddress = '127.0.0.9';
  readonly remotePort = 9;
  readonly writes: string[] = [];
  isStuck = false;
  #done: () => void = () => {};

  override _read(): void {}

  override _write(octets: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this._writev([{ chunk: octets }], done);
  }

  override _writev(chunks: readonly { chunk: Buffer }[], done: () => void): void {
    this.writes.push(chunks.map(({ chunk }) => chunk.toString('latin1')).join(''));
    if (this.isStuck) this.#done = done;
    else done();
  }

  goOn(): void {
    this.isStuck = false;
    this.#done();
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }
}
