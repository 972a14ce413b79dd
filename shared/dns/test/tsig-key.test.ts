import { describe, expect, test } from 'vitest';
import { formatTsigKey, parseTsigKeys } from '../tsig-key.ts';

const SECRET = 'c2VjcmV0c2VjcmV0c2VjcmV0';
const block = (inside: string) => `key "owner." { ${inside} };`;

describe('a file of keys', () => {
  test('has the form of BIND, comments of all kinds and names with and without quotation marks', () => {
    const text = `/* two\n keys */ # first\nkey "Owner.Lab" { algorithm HMAC-SHA512; secret "${SECRET}"; }; // second
      key other. {\n\tsecret ${SECRET};\n\talgorithm hmac-sha256-128;\n};`;
    expect(parseTsigKeys(text, 'a.key')).toEqual([
      {
        name: ['Owner', 'Lab'],
        algorithm: 'hmac-sha512',
        macOctets: 64,
        secret: new TextEncoder().encode('secretsecretsecret'),
      },
      {
        name: ['other'],
        algorithm: 'hmac-sha256',
        macOctets: 16,
        secret: new TextEncoder().encode('secretsecretsecret'),
      },
    ]);
  });

  test('is written as it is read', () => {
    const text = `key "owner." {\n\talgorithm hmac-sha256-160;\n\tsecret "${SECRET}";\n};\n`;
    expect(parseTsigKeys(text, 'a.key').map(formatTsigKey)).toEqual([text]);
  });

  test.each([
    ['', 'a.key:1: it has no key: write key "NAME." { ... }; (RFC 8945, section 6)'],
    ['zone "x" { };', 'a.key:1: "zone" is not known here: write key "NAME." { ... };'],
    ['key "owner."\n', 'a.key:1: the file ends where "{" should stand'],
    ['key "owner." {\nsecret "x"', 'a.key:2: the file ends where ";" should stand'],
    ['key "owner." ;', 'a.key:1: ";" stands where "{" should'],
    ['key "a..b" { algorithm hmac-sha1; secret "AAAA"; };', 'a.key:1: "a..b" is no name'],
    [block(`\nkind x;`), 'a.key:2: "kind" is no part of a key: it has algorithm and secret'],
    [block(`secret "${SECRET}";`), 'a.key:1: the key has no algorithm: write algorithm hmac-sha256;'],
    [block('algorithm hmac-sha256;'), 'a.key:1: the key has no secret: write secret "BASE64";'],
    [
      block(`algorithm hmac-md5; secret "${SECRET}";`),
      'the algorithm "hmac-md5" is not known: use hmac-sha1, hmac-sha224',
    ],
    [block(`algorithm hmac-sha256-64; secret "${SECRET}";`), 'a MAC of hmac-sha256 cannot have 64 bits'],
    [block('algorithm hmac-sha256;\nsecret "not base64!";'), 'a.key:2: the secret is not written in base64'],
    [block('algorithm hmac-sha256; secret "";'), 'a.key:1: the secret is not written in base64'],
  ])('%j is refused with file, line and remedy', (text, message) => {
    expect(() => parseTsigKeys(text, 'a.key')).toThrow(message);
  });
});
