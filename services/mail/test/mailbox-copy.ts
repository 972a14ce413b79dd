import type { ImapClient } from './imap-client.ts';

/**
 * A client's copy of a mailbox, kept as RFC 7162, section 6, says: it knows UIDs and flags, and the mod-sequence up to which it
 * knows everything. Its connection may break behind any reply; then it comes back with SELECT (QRESYNC).
 */
export class MailboxCopy {
  /** Flags in order, by UID. */
  readonly flags = new Map<number, string>();
  #uidValidity = 0;
  #modseq = 0;
  /** UIDs by message sequence number; 0 for one that was not told yet. */
  #numbers: number[] = [];
  #client: ImapClient | null = null;

  get modseq(): number {
    return this.#modseq;
  }

  /** Selects the mailbox on a new connection, and asks for what is new. @returns what SELECT told */
  async open(
    client: ImapClient,
    mailbox: string,
    options: { tellsKnown: boolean; tellsNumbers: boolean },
  ): Promise<string[]> {
    this.#client = client;
    await client.ask('ENABLE QRESYNC');
    const uids = [...this.flags.keys()].sort((one, other) => one - other);
    const known = options.tellsKnown && uids.length > 0 ? ` ${uids.join(',')}` : '';
    const numbers = options.tellsNumbers && uids.length > 0 ? ` (1:${uids.length} ${uids.join(',')})` : '';
    const copy = this.#modseq === 0 ? '' : ` (QRESYNC (${this.#uidValidity} ${this.#modseq}${known}${numbers}))`;
    this.#numbers = [];
    const told = await this.ask(`SELECT ${mailbox}${copy}`);
    await this.learnNew();
    return told;
  }

  /** Asks something, and learns from the answer. */
  async ask(command: string): Promise<string[]> {
    const answer = await this.#client!.ask(command);
    let fetched = 0;
    let announced: number | null = null;
    for (const line of answer) {
      const [, modseq] = /\[HIGHESTMODSEQ (\d+)\]/.exec(line) ?? [];
      if (modseq !== undefined) announced = Number(modseq);
      const [, validity] = /\[UIDVALIDITY (\d+)\]/.exec(line) ?? [];
      if (validity !== undefined) this.#uidValidity = Number(validity);
      fetched = Math.max(fetched, this.#learn(line));
    }
    // Only a reply makes it sure; what was announced counts even when something higher was seen.
    this.#modseq = announced ?? Math.max(this.#modseq, fetched);
    return answer;
  }

  /** Asks for messages that came. */
  async learnNew(): Promise<void> {
    const last = Math.max(0, ...this.flags.keys());
    const answer = await this.ask(`UID FETCH ${last + 1}:* (UID FLAGS)`);
    for (const line of answer) {
      const fetch = parseFetch(line);
      if (fetch !== null && fetch.uid !== null && fetch.flags !== null && fetch.uid > last) {
        this.flags.set(fetch.uid, fetch.flags);
        this.#numbers[fetch.number - 1] = fetch.uid;
      }
    }
  }

  /** Gives the MODSEQ that a FETCH response told. */
  #learn(line: string): number {
    const [, exists] = /^\* (\d+) EXISTS$/.exec(line) ?? [];
    if (exists !== undefined) while (this.#numbers.length < Number(exists)) this.#numbers.push(0);
    if (/^\* \d+ EXPUNGE$/.test(line)) throw new Error('EXPUNGE was told to who has enabled QRESYNC');
    const [, earlier, set] = /^\* VANISHED( \(EARLIER\))? ([\d:,]+)$/.exec(line) ?? [];
    if (set !== undefined) this.#vanish(set, earlier !== undefined);
    const fetch = parseFetch(line);
    if (fetch?.uid == null) return 0;
    const told = this.#numbers[fetch.number - 1];
    if (told === undefined) throw new Error(`FETCH of a number that nobody was told: ${line}`);
    if (told > 0 && told !== fetch.uid) throw new Error(`number ${fetch.number} was ${told}: ${line}`);
    this.#numbers[fetch.number - 1] = fetch.uid;
    if (this.flags.has(fetch.uid) && fetch.flags !== null) this.flags.set(fetch.uid, fetch.flags);
    return fetch.modseq;
  }

  #vanish(set: string, isEarlier: boolean): void {
    for (const range of set.split(',')) {
      const [from = 0, to = from] = range.split(':').map(Number);
      for (let uid = from; uid <= to; uid += 1) {
        if (isEarlier && this.#numbers.includes(uid)) throw new Error(`${uid} is there, and told as gone earlier`);
        this.flags.delete(uid);
        if (isEarlier) continue;
        const place = this.#numbers.indexOf(uid);
        // A message that came and was not asked for yet has a number all the same.
        this.#numbers.splice(place === -1 ? this.#numbers.indexOf(0) : place, 1);
      }
    }
  }
}

/** A FETCH response; \Recent is no flag that a copy keeps. */
export function parseFetch(
  line: string,
): { number: number; uid: number | null; flags: string | null; modseq: number } | null {
  const number = /^\* (\d+) FETCH \(/.exec(line)?.[1];
  if (number === undefined) return null;
  const flags = /FLAGS \((.*?)\)/.exec(line)?.[1];
  return {
    number: Number(number),
    uid: Number(/UID (\d+)/.exec(line)?.[1] ?? 0) || null,
    flags:
      flags === undefined
        ? null
        : flags
            .split(' ')
            .filter((flag) => flag !== '\\Recent')
            .sort()
            .join(' '),
    modseq: Number(/MODSEQ \((\d+)\)/.exec(line)?.[1] ?? 0),
  };
}
