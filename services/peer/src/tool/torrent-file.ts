import { hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { decodeMetainfo, METAINFO_OCTETS_MAX, type Metainfo } from '#shared/bittorrent/metainfo.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';

/** Reads a .torrent file. @throws Error with a sentence that names the file */
export async function readTorrentFile(path: string): Promise<{ metainfo: Metainfo; octets: Uint8Array }> {
  const octets = await readLimited(path);
  try {
    return { metainfo: decodeMetainfo(octets, (part) => hash('sha1', part, 'buffer')), octets };
  } catch (error) {
    if (!(error instanceof ProtocolViolation)) throw error;
    throw new Error(`${path} is no torrent that can be used: ${error.message}`);
  }
}

async function readLimited(path: string): Promise<Uint8Array> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    if (size > METAINFO_OCTETS_MAX)
      throw new Error(
        `${path} is no .torrent file: it has ${size} octets, and ${METAINFO_OCTETS_MAX} at most are read`,
      );
    return await file.readFile();
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EISDIR'
      ? new Error(`${path} is a folder, no .torrent file`)
      : error;
  } finally {
    await file.close();
  }
}

function openFile(path: string): Promise<FileHandle> {
  return open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new Error(error.code === 'ENOENT' ? `There is no file ${path}` : `Cannot read ${path}: ${error.message}`);
  });
}
