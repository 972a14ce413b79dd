/** Where a part of the bench runs, and how much of everything it takes. */
export interface Surroundings {
  /** Its own; others may enter it, since the daemons give up the rights of root. */
  readonly folder: string;
  /** Two octets of loopback, of which the part uses what it likes. */
  readonly net: string;
  /** What our programs are given. */
  readonly environment: Readonly<Record<string, string>>;
  readonly size: Size;
}

export interface Size {
  readonly rounds: number;
  /** Messages of a burst over SMTP. */
  readonly messages: number;
  /** Messages of the mailbox that is read, and of the large one that is only opened. */
  readonly mailbox: number;
  readonly largeMailbox: number;
  /** Connections that stand at once. */
  readonly connections: number;
}
