import { decodeExtensionHandshake } from '#shared/bittorrent/extension-handshake.ts';
import { decodeUtMetadata } from '#shared/bittorrent/ut-metadata.ts';
import { decodePex } from '#shared/bittorrent/ut-pex.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { formatEndpoint } from '#shared/report.ts';

interface Description {
  readonly summary: string;
  readonly message: object;
}

/**
 * What an extended message says. Its id is the receiver's and tells nothing to a third one (BEP 10), but the payload shows
 * what it is.
 */
export function describeExtended(id: number, payload: Uint8Array): Description {
  const descriptions = id === 0 ? [describeHandshake] : [describeUtMetadata, describePex];
  for (const describe of descriptions) {
    try {
      const description = describe(payload);
      if (description !== null) return { ...description, message: { id, ...description.message } };
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
    }
  }
  return { summary: `extended message ${id} of ${payload.length} octets`, message: { id, octets: payload.length } };
}

function describeHandshake(payload: Uint8Array): Description {
  const { ids, client, listenPort, requestQueueMax, metadataSize, isUploadOnly } = decodeExtensionHandshake(payload);
  const names = [...ids].map(([name, own]) => `${name} ${own}`).join(', ');
  const wants = isUploadOnly ? ', wants nothing' : '';
  return {
    summary: `extension handshake: ${names === '' ? 'no extension' : names}${wants}`,
    message: {
      m: Object.fromEntries(ids),
      v: client,
      p: listenPort,
      reqq: requestQueueMax,
      metadata_size: metadataSize,
      upload_only: isUploadOnly,
    },
  };
}

function describeUtMetadata(payload: Uint8Array): Description | null {
  const message = decodeUtMetadata(payload);
  if (message.kind === 'unknown') return null;
  const { kind, piece } = message;
  const size = kind === 'data' ? { octets: message.octets.length, total_size: message.totalSize } : {};
  return { summary: `ut_metadata ${kind}, part ${piece}`, message: { extension: 'ut_metadata', kind, piece, ...size } };
}

function describePex(payload: Uint8Array): Description | null {
  const { added, dropped } = decodePex(payload);
  if (added.length + dropped.length === 0) return null;
  return {
    summary: `ut_pex: ${added.length} added, ${dropped.length} dropped`,
    message: { extension: 'ut_pex', added: added.map(formatEndpoint), dropped: dropped.map(formatEndpoint) },
  };
}
