/**
 * A message as a form names it: `1763640000.7/Trips/Korea`. A form may stay open while its folder is deleted and made anew; the
 * UIDVALIDITY is another one then, and the UID another message's (RFC 9051, section 2.3.1.1).
 */
export interface FormPlace {
  readonly uidValidity: number;
  readonly uid: number;
  /** As people call it. */
  readonly folder: string;
}

/** The folder comes last: its name may have slashes. */
const PLACE = /^([1-9]\d{0,9})\.([1-9]\d{0,9})\/(.+)$/s;

export function formatFormPlace({ uidValidity, uid, folder }: FormPlace): string {
  return `${uidValidity}.${uid}/${folder}`;
}

/** Null when it names no message. */
export function parseFormPlace(text: string): FormPlace | null {
  const [, uidValidity, uid, folder] = PLACE.exec(text) ?? [];
  return folder === undefined ? null : { uidValidity: Number(uidValidity), uid: Number(uid), folder };
}
