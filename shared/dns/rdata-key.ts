import { type Name, nameKey } from './name.ts';
import { formatHex } from './octets.ts';
import { type FieldKind, type FieldValue, fieldsOf, type Rdata, valuesOf } from './rdata.ts';

/**
 * A string that is the same for data that DNS holds to be the same, and for no other: names in it without regard to case
 * (RFC 2136, section 1.1.1), all the rest octet for octet.
 */
export function rdataKey(type: number, klass: number, rdata: Rdata): string {
  if (rdata.kind === 'octets') return `\\# ${formatHex(rdata.octets)}`;
  const values = valuesOf(rdata);
  return (fieldsOf(type, klass) ?? []).map(([name, kind]) => fieldKey(kind, values[name]!)).join('\n');
}

function fieldKey(kind: FieldKind, value: FieldValue): string {
  if (kind === 'name' || kind === 'fullName') return JSON.stringify(nameKey(value as Name));
  return value instanceof Uint8Array ? formatHex(value) : JSON.stringify(value);
}
