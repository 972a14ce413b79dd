import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HttpConnection } from '../http-connection.ts';

/** A connection or a response that remembers whether it was cut off. */
class Thing extends EventEmitter {
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

let carrier: Thing;
let connection: HttpConnection;

beforeEach(() => {
  vi.useFakeTimers();
  carrier = new Thing();
  connection = new HttpConnection(carrier, { address: '127.0.0.1', port: 1 });
});

afterEach(() => {
  connection.stop();
  vi.useRealTimers();
});

test('a connection without a request ends after 10 s', () => {
  vi.advanceTimersByTime(9_999);
  expect(carrier.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(carrier.destroyed).toBe(true);
});

test('a request that is not over after 15 s is given up, whatever drips in', () => {
  const response = new Thing();
  connection.begin(response, 10);
  vi.advanceTimersByTime(14_999);
  expect(response.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(response.destroyed).toBe(true);
});

test('too many requests at once end the connection', () => {
  expect(connection.begin(new Thing(), 1)).toBe(true);
  expect(connection.begin(new Thing(), 1)).toBe(false);
  expect(carrier.destroyed).toBe(true);
});

test('a connection that has ended leaves no timer behind', () => {
  const response = new Thing();
  connection.begin(response, 10);
  carrier.destroy();
  connection.stop();
  response.emit('close');
  expect(vi.getTimerCount()).toBe(0);
});
