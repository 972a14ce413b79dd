/**
 * Which of two is the zone, when a person has edited its file and programs have changed it by UPDATE. As everywhere in DNS
 * the serial decides: who edits the file by hand and raises its serial above all that is known wins, and what came by UPDATE
 * is set aside; who does not, changes nothing, and is told what to do.
 */
import { isNewerSerial } from '#shared/dns/serial.ts';
import type { Edition } from './edition.ts';

export interface FileVerdict {
  readonly kind: 'same-file' | 'file-wins' | 'journal-wins';
  readonly because: string;
}

/** `file` is what the zone file says, `base` what it said when the updates began, `serial` what they have led to. */
export function judgeFile(file: Edition, base: Edition, serial: number): FileVerdict {
  if (file.serial === base.serial && file.digest === base.digest) {
    return { kind: 'same-file', because: `the file is unchanged, and updates have led to serial ${serial}` };
  }
  if (isNewerSerial(file.serial, serial)) {
    const because = `the file was edited and its serial ${file.serial} is above ${serial}: it is the zone now, and the updates are set aside`;
    return { kind: 'file-wins', because };
  }
  const because = `the file was edited, but updates have led to serial ${serial} and the file has ${file.serial}: the file is not read. Raise its serial above ${serial} to do without the updates, or edit the zone as it is now, which the action "sync" writes`;
  return { kind: 'journal-wins', because };
}
