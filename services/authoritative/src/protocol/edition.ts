/**
 * Editions of a zone, and whether the zone's other servers are told of a new one. A secondary goes by the serial alone
 * (RFC 1034, section 4.3.5): data that changes under an old serial never reaches it.
 */
import { isNewerSerial } from '#shared/dns/serial.ts';

/** What a serial stands for. */
export interface Edition {
  readonly serial: number;
  /** Equal for equal records, whatever their order. */
  readonly digest: string;
}

/** A zone that has been read. */
export interface Loaded {
  readonly edition: Edition;
  /** The edition that the other servers were last told of, where one is known. */
  readonly published: Edition | undefined;
  /** Whether the program starts; otherwise the file changed while it ran. */
  readonly isStart: boolean;
  readonly hasOtherServers: boolean;
}

/** What follows: tell the others; nothing, and this edition is the published one; nothing; or a person has to act. */
export interface Verdict {
  readonly kind: 'notify' | 'published' | 'unchanged' | 'not-raised';
  readonly because: string;
}

export function judgeEdition({ edition, published, isStart, hasOtherServers }: Loaded): Verdict {
  const { serial } = edition;
  if (published?.serial === serial && published.digest === edition.digest) {
    return { kind: 'unchanged', because: `serial ${serial}, unchanged` };
  }
  if (!hasOtherServers) {
    return { kind: 'published', because: `serial ${serial}; the zone has no other server that copies it` };
  }
  if (published === undefined) {
    // RFC 1996, section 4.1 finds a NOTIFY for each zone at each start reasonable, and keeping state optional. This server
    // keeps it, and a secondary without the zone asks for it every few seconds: a first start needs no NOTIFY.
    return { kind: isStart ? 'published' : 'notify', because: `serial ${serial}, new` };
  }
  if (isNewerSerial(serial, published.serial)) {
    const since = isStart ? ' while this server was away' : '';
    return { kind: 'notify', because: `the serial rose from ${published.serial} to ${serial}${since}` };
  }
  const because =
    serial === published.serial
      ? `the file changed but its serial did not rise: the secondaries keep the old data; raise ${serial} in the SOA record`
      : `the file changed but its serial ${serial} is not above ${published.serial}: the secondaries keep the old data; raise it in the SOA record`;
  return { kind: 'not-raised', because };
}
