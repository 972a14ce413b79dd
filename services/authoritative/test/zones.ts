import { parseMasterFile } from '#shared/dns/master-file.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { buildZone, type Zone } from '../src/protocol/zone.ts';

/** The zone `origin` from the text of a zone file. */
export function zoneOf(origin: string, text: string): Zone {
  const file = `${origin}zone`;
  const noInclude = () => {
    throw new Error('there is no such file');
  };
  return buildZone(parseName(origin), parseMasterFile({ text, file }, parseName(origin), noInclude), file);
}

/** The beginning that every zone needs: SOA with a MINIMUM of 300 seconds, and one server. */
export const APEX = '$TTL 3600\n@ SOA ns hostmaster 1 3600 900 604800 300\n@ NS ns\nns A 192.0.2.53\n';
