import { expect, test } from 'vitest';
import { ConfigError, readConfig } from '#shared/host/config.ts';
import { config } from '../src/config.ts';

const read = (environment: Record<string, string>) => readConfig(config, environment, () => 'service sockets');

test("SOCK-03 a well-known port is refused for a protocol of one's own, 12000 is taken", () => {
  expect(() => read({ UPPERCASE_PORT: '80' })).toThrow(
    new ConfigError('service sockets: UPPERCASE_PORT is refused, it is "80": give a whole number from 1024 to 65535'),
  );
  expect(read({ UPPERCASE_PORT: '12000' }).UPPERCASE_PORT).toBe(12_000);
  expect(read({}).UPPERCASE_PORT).toBe(12_000);
});
