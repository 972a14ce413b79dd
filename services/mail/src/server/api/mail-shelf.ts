import { parseMailboxName } from '../../protocol/imap/mailbox-name.ts';
import { decodeModifiedUtf7, encodeModifiedUtf7 } from '../../protocol/imap/modified-utf7.ts';
import type { MailDirectory } from '../../protocol/mail-directory.ts';
import { formatMessageName, type MessageName, parseMessageName, placeKey } from '../../protocol/message-name.ts';
import type { MailStore } from '../../store/mail-store.ts';
import { type Mailbox, MailboxGone } from '../../store/mailbox.ts';
import type { StoredMessage } from '../../store/mailbox-difference.ts';
import { badRequest, notFound } from './problem.ts';

/** A mailbox by whose and what it is. */
export interface FoundMailbox {
  readonly account: string;
  /** Its name as people write it: `Entwürfe`. */
  readonly folder: string;
  /** Its name as the store has it: `Entw&APw-rfe`. */
  readonly name: string;
  readonly mailbox: Mailbox;
}

/** Which mailboxes a question is about. */
export interface Scope {
  /** One account, or the whole domain. */
  readonly account?: string | undefined;
  /** `*` for all. */
  readonly folder: string;
}

/** One mailbox at this moment. */
export interface ShelvedMailbox extends FoundMailbox {
  readonly address: string;
  readonly uidValidity: number;
  readonly uidNext: number;
  /** By rising UID. */
  readonly messages: readonly StoredMessage[];
  /** Names it in a place. */
  readonly key: string;
}

/** One message at this moment. */
export interface ShelvedMessage {
  readonly at: ShelvedMailbox;
  readonly stored: StoredMessage;
}

/** Mailboxes that one question may be about. */
const MAILBOXES_MAX = 2_000;

/** All mailboxes of the server, by account and folder; and messages by their names. */
export class MailShelf {
  readonly #mailboxes: MailStore;
  readonly #directory: MailDirectory;
  readonly #mailHost: string;

  constructor(mailboxes: MailStore, directory: MailDirectory, mailHost: string) {
    this.#mailboxes = mailboxes;
    this.#directory = directory;
    this.#mailHost = mailHost;
  }

  get accounts(): readonly string[] {
    return [...this.#directory.accounts.keys()];
  }

  addressOf(account: string): string {
    return `${account}@${this.#directory.domains[0] ?? this.#mailHost}`;
  }

  /** The account of that name or address. @throws Problem */
  account(given: string): string {
    const at = given.lastIndexOf('@');
    const isOurs = at === -1 || this.#directory.domains.includes(given.slice(at + 1).toLowerCase());
    const name = (at === -1 ? given : given.slice(0, at)).toLowerCase();
    if (isOurs && this.#directory.accounts.has(name)) return name;
    throw notFound(`There is no account "${given.slice(0, 100)}" here: see GET /api/v1/accounts`);
  }

  /** The mailboxes themselves, without a look into them. @throws Problem */
  async mailboxes({ account, folder }: Scope): Promise<FoundMailbox[]> {
    const accounts = account === undefined ? this.accounts : [this.account(account)];
    const found: FoundMailbox[] = [];
    for (const one of accounts) {
      const folders = this.#mailboxes.folders(one);
      const names = folder === '*' ? await folders.list() : namesOf(folder);
      for (const name of names) {
        const mailbox = await folders.mailbox(name);
        if (mailbox !== null) found.push({ account: one, folder: decodeModifiedUtf7(name), name, mailbox });
      }
      if (found.length > MAILBOXES_MAX)
        throw badRequest(`That is more than ${MAILBOXES_MAX} mailboxes: name an account`);
    }
    if (found.length > 0) return found;
    throw notFound(`There is no folder "${folder.slice(0, 100)}": see GET /api/v1/accounts/ACCOUNT/folders`);
  }

  /** The mailboxes, each looked at. @throws Problem */
  async look(scope: Scope): Promise<ShelvedMailbox[]> {
    return this.lookAll(await this.mailboxes(scope));
  }

  /** Without those that were deleted meanwhile. */
  async lookAll(mailboxes: readonly FoundMailbox[]): Promise<ShelvedMailbox[]> {
    const looks = mailboxes.map((one) =>
      this.lookAt(one).catch((error: Error) => {
        if (error instanceof MailboxGone) return null;
        throw error;
      }),
    );
    return (await Promise.all(looks)).filter((one) => one !== null);
  }

  async lookAt({ account, folder, name, mailbox }: FoundMailbox): Promise<ShelvedMailbox> {
    const { uidValidity, uidNext, messages } = await mailbox.messages();
    const key = placeKey(account, uidValidity);
    return { account, address: this.addressOf(account), folder, name, mailbox, uidValidity, uidNext, messages, key };
  }

  /** @throws Problem when the message is not there, or is another account's than the one that was asked for */
  async message(text: string, account?: string): Promise<ShelvedMessage> {
    const name = parseMessageName(text);
    const isTheirs = account === undefined || name?.account === this.account(account);
    const found = name === null || !isTheirs ? null : await this.#find(name);
    if (found !== null) return found;
    throw notFound(`There is no message "${text.slice(0, 100)}": it was deleted or moved, or never was here`);
  }

  async #find(name: MessageName): Promise<ShelvedMessage | null> {
    if (!this.#directory.accounts.has(name.account)) return null;
    for (const mailbox of await this.mailboxes({ account: name.account, folder: '*' })) {
      const at = await this.lookAt(mailbox);
      if (at.uidValidity !== name.uidValidity) continue;
      const stored = mailbox.mailbox.stored(name.uid);
      return stored === null ? null : { at, stored };
    }
    return null;
  }
}

/** The name in the store of a folder; none for what no folder can be called. */
function namesOf(folder: string): string[] {
  try {
    return [parseMailboxName(encodeModifiedUtf7(folder.normalize('NFC')))];
  } catch {
    return [];
  }
}

export function nameOf({ at, stored }: ShelvedMessage): string {
  return formatMessageName({ account: at.account, uidValidity: at.uidValidity, uid: stored.uid });
}
