import { describe, expect, test } from 'vitest';
import { decodeMessage } from '#shared/dns/decode-message.ts';
import { encodeMessage } from '#shared/dns/encode-message.ts';
import { formatName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { RCODE } from '#shared/dns/registry.ts';
import { type Fate, nextNotifyStep, notifyMessage, notifySetOf } from '../../src/protocol/notify.ts';
import { APEX, zoneOf } from '../zones.ts';

const OWN = '192.0.2.53';

describe('whom a primary tells (RFC 1996, section 2.3)', () => {
  const cases: [name: string, lines: string, targets: string[], elsewhere: string[]][] = [
    ['nobody, where the zone has one server', '', [], []],
    ['the server that is not named in the SOA record', '@ NS two\ntwo A 192.0.2.2\n', ['two.example. 192.0.2.2'], []],
    [
      'each address of it',
      '@ NS two\ntwo A 192.0.2.2\ntwo A 192.0.2.3\n',
      ['two.example. 192.0.2.2', 'two.example. 192.0.2.3'],
      [],
    ],
    ['not itself by another name', '@ NS dns\ndns A 192.0.2.53\n', [], []],
    [
      'an address once, whatever its names',
      '@ NS b\n@ NS c\nb A 192.0.2.2\nc A 192.0.2.2\n',
      ['b.example. 192.0.2.2'],
      [],
    ],
    ['a server elsewhere, by its name', '@ NS ns.other.\n', [], ['ns.other.']],
    ['not the server that the SOA record names, in any case of letters', '@ NS NS\n', [], []],
    ['not the servers of a delegated zone', 'sub NS ns.sub\nns.sub A 192.0.2.9\n', [], []],
  ];
  test.each(cases)('%s', (_name, lines, targets, elsewhere) => {
    const set = notifySetOf(zoneOf('example.', `${APEX}${lines}`), OWN);
    expect(set.targets.map(({ server, address }) => `${formatName(server)} ${address}`)).toEqual(targets);
    expect(set.elsewhere.map(formatName)).toEqual(elsewhere);
  });

  test('never more than 16 servers', () => {
    const many = Array.from({ length: 40 }, (_, at) => `@ NS n${at}\nn${at} A 192.0.2.${at + 60}\n`).join('');
    expect(notifySetOf(zoneOf('example.', `${APEX}${many}`), OWN).targets.length).toBe(16);
  });
});

test('the message has opcode NOTIFY, AA, the question SOA and the new record as its hint (RFC 1996, section 4.5)', () => {
  const octets = encodeMessage(notifyMessage(zoneOf('example.', APEX), { id: 0x1996, edns: null }));
  expect([...octets.subarray(0, 12)]).toEqual([
    ...[0x19, 0x96], // ID
    ...[0x24, 0x00], // QR 0, opcode 4, AA 1; no error
    ...[0, 1, 0, 1, 0, 0, 0, 0], // a question, an answer, nothing else
  ]);
  expect([...octets.subarray(12, 25)]).toEqual([7, 101, 120, 97, 109, 112, 108, 101, 0, 0, 6, 0, 1]); // example. SOA IN
  expect(decodeMessage(octets).answer.map(formatRecord)).toEqual([
    'example. 3600 IN SOA ns.example. hostmaster.example. 1 3600 900 604800 300',
  ]);
});

describe('how often (RFC 1996, section 3.6)', () => {
  test('six times at most, each wait twice as long', () => {
    const waits: number[] = [];
    for (let sent = 0; ; sent += 1) {
      const step = nextNotifyStep(sent, sent === 0 ? null : { kind: 'silent' });
      if (step.kind === 'end') {
        expect(step).toMatchObject({ isTold: false, because: expect.stringMatching(/^no answer to 6 transmissions/) });
        break;
      }
      waits.push(step.waitMs);
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000]);
  });

  const ends: [name: string, fate: Fate, isTold: boolean, because: RegExp][] = [
    ['the answer ends it', { kind: 'answered', rcode: RCODE.NOERROR }, true, /knows/],
    [
      'a server without NOTIFY is left alone (section 3.12)',
      { kind: 'answered', rcode: RCODE.NOTIMP },
      false,
      /NOTIMP/,
    ],
    ['a refusal too', { kind: 'answered', rcode: RCODE.REFUSED }, false, /REFUSED/],
    ['and ICMP, which says that nobody is there', { kind: 'unreachable' }, false, /no DNS server runs there/],
  ];
  test.each(ends)('%s', (_name, fate, isTold, because) => {
    expect(nextNotifyStep(1, fate)).toMatchObject({ kind: 'end', isTold, because: expect.stringMatching(because) });
  });
});
