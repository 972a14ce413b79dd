/** Where a record is written. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** A zone file that is refused. Its message says where, what, what to do, and by which rule. */
export class ZoneFileError extends Error {
  override readonly name = 'ZoneFileError';
  readonly place: Place;
  readonly clause: string;

  constructor(place: Place, what: string, clause: string) {
    super(`${place.file}:${place.line}: ${what} (${clause})`);
    this.place = place;
    this.clause = clause;
  }
}
