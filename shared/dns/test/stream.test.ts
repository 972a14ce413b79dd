import { expect, test } from 'vitest';
import { encodeFrame, FrameReader } from '../stream.ts';

const messages = [new Uint8Array(0), Uint8Array.from([1]), Uint8Array.from({ length: 300 }, (_, at) => at & 255)];
const stream = Uint8Array.from(messages.flatMap((message) => [...encodeFrame(message)]));

test('messages are found on a stream that is cut at any place', () => {
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const reader = new FrameReader();
    const read = [...reader.push(stream.subarray(0, cut)), ...reader.push(stream.subarray(cut))];
    expect(read.map((message) => [...message])).toEqual(messages.map((message) => [...message]));
    expect(reader.pending).toBe(0);
  }
});

test('messages are found on a stream that comes octet by octet', () => {
  const reader = new FrameReader();
  const read = [...stream].flatMap((octet) => reader.push(Uint8Array.from([octet])));
  expect(read.map((message) => message.length)).toEqual([0, 1, 300]);
});
