import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { notStored } from '../../src/server/receiving.ts';
import { SmtpDoors } from '../smtp-doors.ts';

test.each([
  ['ENOSPC', '452 4.3.1'],
  ['EDQUOT', '452 4.3.1'],
  ['EACCES', '451 4.3.0'],
  ['EIO', '451 4.3.0'],
])('the error %s of the disk is told as %s, and the sender tries again', (code, answer) => {
  const { reply } = notStored(Object.assign(new Error('on the disk'), { code }));
  expect(`${reply.code} ${reply.status}`).toBe(answer);
});

test('a queue that cannot be written takes nothing, says so after the message, and the connection goes on', async () => {
  const doors = await SmtpDoors.open('176.1');
  const queue = join(doors.host.stateDir, 'queue');
  try {
    const client = await doors.openData();
    rmSync(queue, { recursive: true });
    expect(await client.ask('Subject: x\r\n\r\nx\r\n.')).toMatch(/^451 4\.3\.0/);
    expect(await client.ask('NOOP')).toMatch(/^250/);
    expect(doors.taken).toEqual([]);
  } finally {
    await doors.close();
  }
});
