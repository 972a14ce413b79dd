/** The file `secondary` of a host: the zones it copies, one to a line, each with the address of its primary, and the key of its transfers. */
import { parseIpv4 } from '#shared/dns/address-text.ts';
import type { Name } from '#shared/dns/name.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { ZoneFileError } from '#shared/dns/zone-file-error.ts';
import { addressInLab } from '#shared/lab-net.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';

export interface CopiedZone {
  readonly origin: Name;
  /** Address of the primary, in this lab. */
  readonly primary: string;
  /** The name of the key that its transfers are signed with; null where none is. */
  readonly key: Name | null;
}

/** The zones that `text` lists; `#` begins a comment. @throws ZoneFileError */
export function parseSecondaryList(text: string, file: string, net: string): CopiedZone[] {
  return text.split('\n').flatMap((line, index) => {
    const [name, address, word, key, ...more] = line.replace(/#.*$/, '').trim().split(/\s+/);
    if (name === undefined || name === '') return [];
    const place = { file, line: index + 1 };
    const isKey = word === undefined || (word === 'key' && key !== undefined);
    if (address === undefined || parseIpv4(address) === undefined || !isKey || more.length > 0) {
      throw new ZoneFileError(
        place,
        'write the name of a zone and the address of its primary; "key NAME" after them where transfers are signed',
        'RFC 1034, section 4.3.5',
      );
    }
    try {
      const signedBy = key === undefined ? null : parseName(key);
      return [{ origin: parseName(name), primary: addressInLab(address, net), key: signedBy }];
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      throw new ZoneFileError(place, `"${name} ${key ?? ''}" is no name`, error.clause);
    }
  });
}
