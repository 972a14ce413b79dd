import type { AnyCommand } from './imap-command.ts';
import { append } from './imap-commands/append.ts';
import { authenticate } from './imap-commands/authenticate.ts';
import { capability } from './imap-commands/capability.ts';
import { check } from './imap-commands/check.ts';
import { close } from './imap-commands/close.ts';
import { copy } from './imap-commands/copy.ts';
import { create } from './imap-commands/create.ts';
import { deleteMailbox } from './imap-commands/delete.ts';
import { enable } from './imap-commands/enable.ts';
import { examine } from './imap-commands/examine.ts';
import { expunge } from './imap-commands/expunge.ts';
import { fetch } from './imap-commands/fetch.ts';
import { id } from './imap-commands/id.ts';
import { idle } from './imap-commands/idle.ts';
import { list } from './imap-commands/list.ts';
import { login } from './imap-commands/login.ts';
import { logout } from './imap-commands/logout.ts';
import { lsub } from './imap-commands/lsub.ts';
import { move } from './imap-commands/move.ts';
import { namespace } from './imap-commands/namespace.ts';
import { noop } from './imap-commands/noop.ts';
import { getQuota, getQuotaRoot } from './imap-commands/quota.ts';
import { rename } from './imap-commands/rename.ts';
import { search } from './imap-commands/search.ts';
import { select } from './imap-commands/select.ts';
import { starttls } from './imap-commands/starttls.ts';
import { status } from './imap-commands/status.ts';
import { store } from './imap-commands/store.ts';
import { subscribe } from './imap-commands/subscribe.ts';
import { uid } from './imap-commands/uid.ts';
import { unselect } from './imap-commands/unselect.ts';
import { unsubscribe } from './imap-commands/unsubscribe.ts';

/** Every command that this server knows; in which state, says the table in protocol/imap/session-state.ts. */
const COMMANDS: readonly AnyCommand[] = [
  ...[capability, noop, logout, id, starttls, login, authenticate],
  ...[select, examine, create, deleteMailbox, rename, subscribe, unsubscribe, list, lsub, status, append],
  ...[check, close, expunge, search, fetch, store, copy, move, uid],
  ...[idle, namespace, enable, unselect, getQuota, getQuotaRoot],
];

const BY_NAME = new Map(COMMANDS.map((command) => [command.name, command]));

/** @param name in upper case */
export function commandNamed(name: string): AnyCommand | null {
  return BY_NAME.get(name) ?? null;
}
