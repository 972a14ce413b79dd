import { formatString, ok, Refusal } from '../../protocol/imap/response.ts';
import { command } from '../imap-command.ts';
import type { ImapSession } from '../imap-session.ts';

/** An account has one quota for all its mailboxes together, under this name; none where there is no limit. */
const ROOT = '';
/** RFC 9208, section 5.1: STORAGE is counted in units of 1024 octets. */
const UNIT_OCTETS = 1024;

/** RFC 9208, section 4.1.2. */
export const getQuota = command({
  name: 'GETQUOTA',
  parse: (parser) => ({ root: parser.sp().astring() }),
  run: async (session, { root }) => {
    const quota = await formatQuota(session);
    if (root !== ROOT || quota === null) throw new Refusal('NO', 'NONEXISTENT', 'There is no quota of this name');
    session.wire.send(quota);
    return ok('This is the quota');
  },
});

/** RFC 9208, section 4.1.3. */
export const getQuotaRoot = command({
  name: 'GETQUOTAROOT',
  parse: (parser) => ({ mailbox: parser.sp().mailbox() }),
  run: async (session, { mailbox }) => {
    await session.mailbox(mailbox);
    const quota = await formatQuota(session);
    const roots = quota === null ? [] : [formatString(ROOT)];
    session.wire.send(['* QUOTAROOT', session.showName(session.readName(mailbox)), ...roots].join(' '));
    if (quota !== null) session.wire.send(quota);
    return ok('These are the quotas of the mailbox');
  },
});

/** Null where there is no limit. */
async function formatQuota({ parts, account }: ImapSession): Promise<string | null> {
  const { limitOctets, usedOctets } = await parts.mailboxes.quota(account);
  if (limitOctets === 0) return null;
  const [used, limit] = [Math.ceil(usedOctets / UNIT_OCTETS), Math.floor(limitOctets / UNIT_OCTETS)];
  return `* QUOTA ${formatString(ROOT)} (STORAGE ${used} ${limit})`;
}
