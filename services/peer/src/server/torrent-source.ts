import { hash } from 'node:crypto';
import { formatHash } from '#shared/bittorrent/info-hash.ts';
import { type MagnetLink, parseMagnet } from '#shared/bittorrent/magnet-link.ts';
import { decodeMetainfo, type Metainfo } from '#shared/bittorrent/metainfo.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';

/** Where a torrent comes from: a .torrent file on a web server, one that is here, or a magnet link. */
export type TorrentSource =
  | { readonly kind: 'url'; readonly url: URL }
  | { readonly kind: 'magnet'; readonly link: MagnetLink; readonly text: string }
  | { readonly kind: 'file'; readonly octets: Uint8Array; readonly metainfo: Metainfo };

/** Reads a word of `TORRENT_URL`, or what a person gives. @throws Error with a sentence */
export function parseSource(text: string): TorrentSource {
  if (/^magnet:/i.test(text)) {
    try {
      return { kind: 'magnet', link: parseMagnet(text), text };
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      throw new Error(`The magnet link is refused: ${error.message}`);
    }
  }
  const url = URL.parse(text);
  if (url?.protocol === 'http:') return { kind: 'url', url };
  throw new Error(`"${text}" is neither an http:// URL of a .torrent file nor a magnet link`);
}

/** A .torrent file that is here. @throws Error with a sentence */
export function fileSource(octets: Uint8Array): TorrentSource {
  try {
    return { kind: 'file', octets, metainfo: decodeMetainfo(octets, (part) => hash('sha1', part, 'buffer')) };
  } catch (error) {
    if (!(error instanceof ProtocolViolation)) throw error;
    throw new Error(`This is no torrent that can be used: ${error.message}`);
  }
}

/** Its info hash, or what is known in the place of it. */
export function nameOf(source: TorrentSource): string {
  switch (source.kind) {
    case 'url':
      return formatSource(source);
    case 'magnet':
      return formatHash(source.link.infoHash);
    case 'file':
      return formatHash(source.metainfo.infoHash);
  }
}

/** As a person would name it. */
export function formatSource(source: TorrentSource): string {
  switch (source.kind) {
    case 'url':
      return source.url.href;
    case 'magnet':
      return source.text;
    case 'file':
      return 'a file';
  }
}
