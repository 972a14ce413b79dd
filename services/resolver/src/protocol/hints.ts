import { type Include, parseMasterFile } from '#shared/dns/master-file.ts';
import { ROOT } from '#shared/dns/name.ts';
import { recordInLab } from '#shared/dns/record-in-lab.ts';
import { TYPE } from '#shared/dns/registry.ts';
import { ZoneFileError } from '#shared/dns/zone-file-error.ts';
import { delegationOf, type Hints } from './delegation.ts';

/** The root servers that the file of root hints names, with addresses in the lab on `net`. @throws ZoneFileError */
export function parseHints(text: string, file: string, net: string): Hints {
  const refuseInclude: Include = () => {
    throw new Error('root hints are one file');
  };
  const records = parseMasterFile({ text, file }, ROOT, refuseInclude).map(({ record }) => recordInLab(record, net));
  const ns = records.filter(({ type, owner }) => type === TYPE.NS && owner.length === 0);
  const hints = delegationOf(ROOT, ns, records);
  if (hints.servers.some(({ addresses }) => addresses.length > 0)) return hints;
  const what = 'no root server is named with its address: write ". NS NAME" and "NAME A ADDRESS"';
  throw new ZoneFileError({ file, line: 1 }, what, 'RFC 9609, section 2');
}
