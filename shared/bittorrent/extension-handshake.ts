/**
 * The extension handshake (BEP 10): the payload of an extended message of id 0, one bencoded dictionary.
 *
 *     d 1:m d 6:ut_pex i1e  11:ut_metadata i2e e  1:p i6881e  4:reqq i500e  1:v 12:Topdown/0.1 ... e
 *
 * `m` names the extensions that the sender takes, and for each the id under which it wants to get them: each side speaks with
 * the ids of the other. It may come again at any time; what it names then is added, and an id of 0 takes an extension back.
 * `upload_only` (BEP 21) is 1 for who wants nothing, a seed or a partial seed, and 0 for who wants something again.
 */
import { type BencodeInput, decodeBencodeDictionary, encodeBencode } from './bencode.ts';
import { asDictionary, decodeText } from './bencode-fields.ts';

export interface ExtensionHandshake {
  /** Names of extensions with the ids that the sender gives them; 0 for one that it does not take any more. */
  readonly ids: ReadonlyMap<string, number>;
  /** The port where the sender listens (`p`). */
  readonly listenPort: number | null;
  /** Client and version (`v`). */
  readonly client: string | null;
  /** Requests that the sender keeps waiting without dropping any (`reqq`). */
  readonly requestQueueMax: number | null;
  /** The address of the receiver as the sender sees it, 4 or 16 octets (`yourip`). */
  readonly yourAddress: Uint8Array | null;
  /** Octets of the info dictionary, if the sender has it (BEP 9). */
  readonly metadataSize: number | null;
  /** Whether it is "not interested in downloading anything" (`upload_only`, BEP 21), if it says. */
  readonly isUploadOnly: boolean | null;
}

const CLAUSE = 'BEP 10';
/** Extensions of one handshake that are read; the largest clients name about ten. */
const EXTENSIONS_MAX = 64;
/** Characters of a client's name that are kept. */
const CLIENT_LENGTH_MAX = 64;
const ID_MAX = 255;
const PORT_MAX = 65_535;

export function encodeExtensionHandshake(handshake: ExtensionHandshake): Uint8Array<ArrayBuffer> {
  const dictionary = new Map<string, BencodeInput>([['m', handshake.ids]]);
  if (handshake.listenPort !== null) dictionary.set('p', handshake.listenPort);
  if (handshake.client !== null) dictionary.set('v', handshake.client);
  if (handshake.requestQueueMax !== null) dictionary.set('reqq', handshake.requestQueueMax);
  if (handshake.yourAddress !== null) dictionary.set('yourip', handshake.yourAddress);
  if (handshake.metadataSize !== null) dictionary.set('metadata_size', handshake.metadataSize);
  if (handshake.isUploadOnly !== null) dictionary.set('upload_only', handshake.isUploadOnly ? 1 : 0);
  return encodeBencode(dictionary);
}

/**
 * What is missing, or has another type or a value that cannot be meant, is null: clients put many things here, and none of
 * them is worth a connection. @throws ProtocolViolation for what is no dictionary, or an `m` that is none
 */
export function decodeExtensionHandshake(payload: Uint8Array): ExtensionHandshake {
  const { dictionary } = decodeBencodeDictionary(payload);
  const ids = new Map<string, number>();
  const m = dictionary.get('m');
  if (m !== undefined) {
    for (const [name, id] of [...asDictionary(m, 'm', CLAUSE)].slice(0, EXTENSIONS_MAX)) {
      if (typeof id === 'number' && id >= 0 && id <= ID_MAX) ids.set(name, id);
    }
  }
  const number = (key: string, max: number): number | null => {
    const value = dictionary.get(key);
    return typeof value === 'number' && value > 0 && value <= max ? value : null;
  };
  const octets = (key: string): Uint8Array | null => {
    const value = dictionary.get(key);
    return value instanceof Uint8Array ? value : null;
  };
  const client = octets('v');
  const yourAddress = octets('yourip');
  const uploadOnly = dictionary.get('upload_only');
  return {
    ids,
    listenPort: number('p', PORT_MAX),
    client: client === null ? null : decodeText(client).slice(0, CLIENT_LENGTH_MAX),
    requestQueueMax: number('reqq', Number.MAX_SAFE_INTEGER),
    yourAddress: yourAddress?.length === 4 || yourAddress?.length === 16 ? yourAddress.slice() : null,
    metadataSize: number('metadata_size', Number.MAX_SAFE_INTEGER),
    isUploadOnly: typeof uploadOnly === 'number' ? uploadOnly !== 0 : null,
  };
}
