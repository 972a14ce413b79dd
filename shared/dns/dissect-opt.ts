/**
 * Takes an OPT record apart (RFC 6891, section 6.1): CLASS and TTL of it are no class and no time, its RDATA is a list of
 * options.
 */
import { EXCHANGE_OPTION_CODE } from '../exchange.ts';
import { formatInfoCode } from './extended-error.ts';
import type { FieldTree } from './field-tree.ts';
import { formatHex, octetString } from './octets.ts';
import type { BitField } from './wire-field.ts';

/** What an option says, as far as its form is known here. */
interface KnownOption {
  readonly name: string;
  readonly format: (data: Uint8Array) => string;
}

/** IANA's registry "DNS EDNS0 Option Codes (OPT)", and the lab's own option. */
const OPTIONS: ReadonlyMap<number, KnownOption> = new Map([
  [3, { name: 'NSID', format: formatText }],
  [8, { name: 'client subnet', format: formatHex }],
  [10, { name: 'COOKIE', format: formatHex }],
  [11, { name: 'TCP keepalive', format: formatHex }],
  [12, { name: 'padding', format: (data) => `${data.length} octets` }],
  [15, { name: 'extended error', format: formatExtendedError }],
  [EXCHANGE_OPTION_CODE, { name: "the lab's exchange", format: formatText }],
]);

/** The rest of an OPT record, from the CLASS on. */
export function dissectOpt(tree: FieldTree): string {
  const size = tree.number('UDP payload size', 2);
  tree.number('extended RCODE', 1);
  const version = tree.number('VERSION', 1);
  const flags = tree.peek(2);
  const bits: BitField[] = [
    { name: 'DO', width: 1, value: flags >> 15, meaning: null },
    { name: 'Z', width: 15, value: flags & 0x7fff, meaning: null },
  ];
  tree.leaf('value', 'flags', 2, bits[0]!.value === 1 ? 'DO' : '–', { bits });
  const length = tree.number('RDLENGTH', 2);
  const options: string[] = [];
  tree.branch('rdata', 'RDATA', () => {
    tree.within(length, () => {
      while (tree.remaining > 0) options.push(dissectOption(tree));
    });
    return options.join(', ');
  });
  return `version ${version}, ${size} octets`;
}

function dissectOption(tree: FieldTree): string {
  let text = '';
  tree.branch('option', 'option', () => {
    const code = tree.peek(2);
    const known = OPTIONS.get(code);
    tree.leaf('value', 'OPTION-CODE', 2, known?.name ?? String(code));
    const length = tree.number('OPTION-LENGTH', 2);
    tree.within(length, () => {
      const data = (known?.format ?? formatHex)(tree.ahead());
      if (length > 0) tree.leaf('value', 'OPTION-DATA', length, data);
      text = `${known?.name ?? `option ${code}`} ${data}`.trimEnd();
    });
    return text;
  });
  return text;
}

/** A number, and after it what a person may read (RFC 8914, section 2). */
function formatExtendedError(data: Uint8Array): string {
  if (data.length < 2) return formatHex(data);
  const infoCode = (data[0]! << 8) | data[1]!;
  return `${infoCode} ${formatInfoCode(infoCode)}: ${formatText(data.subarray(2))}`;
}

/** Printable octets as themselves, others as full stops. */
function formatText(data: Uint8Array): string {
  return octetString(data).replace(/[^ -~]/g, '.');
}
