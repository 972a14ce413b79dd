import { describe, expect, test } from 'vitest';
import { parseName } from '#shared/dns/name-text.ts';
import { TYPE } from '#shared/dns/registry.ts';
import { parseUpdatePolicy, Rights } from '../../src/protocol/update-policy.ts';

function rights(policy: string, zone = 'foo.com.', key = 'owner.'): Rights {
  return new Rights(parseUpdatePolicy(policy, 'update-policy'), parseName(zone), parseName(key));
}

const may = (of: Rights, owner: string, type: keyof typeof TYPE) => of.mayChange(parseName(owner), TYPE[type]);

describe('a policy', () => {
  test('is about one zone or all, and about one key', () => {
    const text = '# who\nfoo.com grant owner. zonesub ANY # all of it\n* grant other. zonesub TXT\n';
    expect(may(rights(text), 'a.foo.com.', 'A')).toBe(true);
    expect(rights(text, 'cnn.com.').areAny).toBe(false);
    expect(rights(text, 'foo.com.', 'nobody.').areAny).toBe(false);
    const other = rights(text, 'cnn.com.', 'OTHER.');
    expect([may(other, 'cnn.com.', 'TXT'), may(other, 'cnn.com.', 'A'), may(other, 'cnn.com.', 'ANY')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('names a name, or one and all below it; relative names are of the zone', () => {
    const one = rights('foo.com grant owner. name www A\nfoo.com grant owner. subdomain lab.foo.com. ANY');
    expect([may(one, 'www.foo.com.', 'A'), may(one, 'x.www.foo.com.', 'A'), may(one, 'www.foo.com.', 'MX')]).toEqual([
      true,
      false,
      false,
    ]);
    expect([may(one, 'LAB.foo.com.', 'MX'), may(one, 'a.b.lab.foo.com.', 'ANY'), may(one, 'foo.com.', 'A')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('is decided by the first rule that fits', () => {
    const one = rights('foo.com deny owner. name www NS\nfoo.com grant owner. zonesub ANY');
    expect([may(one, 'www.foo.com.', 'A'), may(one, 'www.foo.com.', 'NS'), may(one, 'www.foo.com.', 'ANY')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('gives the whole zone to read apart from what may be changed', () => {
    const one = rights('* grant owner. transfer');
    expect([one.mayTransfer, one.areAny, may(one, 'foo.com.', 'A')]).toEqual([true, false, false]);
    expect(rights('* deny owner. transfer\n* grant owner. transfer').mayTransfer).toBe(false);
    expect(rights('* grant owner. zonesub ANY').mayTransfer).toBe(false);
  });

  test.each([
    ['foo.com', '"grant" or "deny" is missing'],
    ['foo.com allow owner. zonesub ANY', '"allow" is neither'],
    ['foo.com grant', 'the key is missing'],
    ['foo.com grant owner.', 'zonesub, name, subdomain or transfer is missing'],
    ['foo.com grant owner. self ANY', '"self" is not known'],
    ['foo.com grant owner. zonesub', 'the types are missing'],
    ['foo.com grant owner. name', 'the name is missing'],
    ['foo.com grant owner. name www', 'the types are missing'],
    ['foo.com grant owner. zonesub AXFR', '"AXFR" is no type of records'],
    ['foo.com grant owner. zonesub HOST', '"HOST" is no type of records'],
    ['foo.com grant owner. transfer ANY', 'a transfer has no "ANY"'],
    ['foo..com grant owner. transfer', '"foo..com" is no name'],
  ])('with %j is refused with file, line and remedy', (line, message) => {
    expect(() => parseUpdatePolicy(`#\n${line}`, 'update-policy')).toThrow(/^update-policy:2: /);
    expect(() => parseUpdatePolicy(line, 'update-policy')).toThrow(message);
  });
});
