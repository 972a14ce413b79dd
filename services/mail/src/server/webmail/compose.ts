import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { composePage, type Draft } from '../../page/compose-page.ts';
import { shownAddress, typedDomain } from '../../page/shown-address.ts';
import { type NamedAddress, parseAddressList } from '../../protocol/address-field.ts';
import { type FormPlace, parseFormPlace } from '../../protocol/form-place.ts';
import type { MailboxAddress } from '../../protocol/mailbox-address.ts';
import { readMessageIds } from '../../protocol/mime-message.ts';
import { composeMessage } from '../compose.ts';
import { fileCopy } from '../special-folders.ts';
import { type Outgoing, ownAddress, refusalText, type SentLetter, submitLetter } from '../submit-letter.ts';
import {
  type Attached,
  asPage,
  attachedOctetsMax,
  keptPlaces,
  placedAttachments,
  readAttachments,
} from './attachments.ts';
import type { Visit, WebDesk } from './desk.ts';
import { draftFor, keptDraft } from './drafts.ts';
import { folderOfPlace, isMadeAnew } from './form-places.ts';
import { formOf, type WebForm } from './web-form.ts';

/** RFC 5321, section 4.5.3.1.8: as many as a transaction must be able to have. */
const RECIPIENTS_MAX = 100;

/** `/compose`: a letter is written; sent, or kept as a draft. */
export function routeCompose(app: FastifyInstance, desk: WebDesk): void {
  app.get(
    '/compose',
    desk.forUser(async (visit) => {
      const draft = await draftFor(desk, visit);
      return draft === null ? desk.notFound(visit) : show(desk, visit, draft, null);
    }),
  );
  app.post(
    '/compose',
    desk.forUser((visit) => take(desk, visit)),
  );
}

async function show(desk: WebDesk, visit: Visit, draft: Draft, trouble: string | null): Promise<FastifyReply> {
  const reply = trouble === null ? visit.reply : visit.reply.code(422);
  const own = ownAddress(desk.parts, visit.account);
  return desk.page(
    reply,
    composePage(await desk.context(visit, '/compose'), { draft, own, trouble, letter: randomUUID() }),
  );
}

async function take(desk: WebDesk, visit: Visit): Promise<FastifyReply> {
  const form = formOf(visit.asked);
  if (form.get('act') === 'discard') {
    const place = parseFormPlace(form.get('draft'));
    if (place !== null && (await isMadeAnew(visit, [place])))
      return desk.notice(visit, 409, visit.words.folderChanged, visit.words.folderChangedExplained);
    await removeDraft(visit, form);
    return visit.reply.redirect('/', 303);
  }
  const answer = Promise.withResolvers<FastifyReply>();
  const write = async () => {
    const written = await sendOrKeep(desk, visit, form);
    if (typeof written === 'string') return written;
    answer.resolve(written);
    return null;
  };
  // A page of before has no name for its letter, and its form says nothing about a second click.
  const isNamed = form.get('act') === 'send' && form.get('letter') !== '';
  const page = isNamed ? await visit.session.sentForms.once(form.digest(), write) : await write();
  return page === null ? answer.promise : visit.reply.redirect(page, 303);
}

/** The page that tells of the letter, or another answer when it was not sent. */
async function sendOrKeep(desk: WebDesk, visit: Visit, form: WebForm): Promise<string | FastifyReply> {
  const attached = await readAttachments(visit, form, attachedOctetsMax(desk.parts.messageOctetsMax));
  if (attached === null) return desk.notice(visit, 413, visit.words.tooLarge, visit.words.tooLargeExplained);
  const draft = draftOf(form, attached);
  // Neither the letter nor a draft of it could be written: what was typed stays in the form.
  if (!desk.parts.mailboxes.hasDiskFor(0))
    return show(desk, visit, draft, `${visit.words.diskFull}. ${visit.words.diskFullExplained}`);
  if (await isMadeAnew(visit, placesOf(form, draft))) return refuseStale(desk, visit, form, draft, attached);
  if (form.get('act') !== 'send') return keep(desk, visit, form, draft, attached, null);
  const read = readRecipients(draft, visit);
  if ('trouble' in read) return keepOrShow(desk, visit, form, draft, attached, read.trouble);
  const letter = await letterOf(desk, visit, draft, read, attached);
  const sender = { account: visit.account, clientAddress: visit.asked.ip, cause: visit.asked.mailExchange };
  const sent: SentLetter = await submitLetter(desk.parts, letter, sender);
  if (sent.kind === 'refused') {
    const shown = { ...sent, address: sent.address === null ? null : shownAddress(sent.address) };
    return keepOrShow(desk, visit, form, draft, attached, `${visit.words.isRefused} ${refusalText(shown)}`);
  }
  await removeDraft(visit, form);
  await markOriginal(visit, draft);
  return `/sent/${sent.id}${sent.isFiled ? '' : '?copy=none'}`;
}

function placesOf(form: WebForm, { place, original }: Draft): FormPlace[] {
  return [place, original?.place ?? null, ...keptPlaces(form)].filter((one) => one !== null);
}

/** The words of the letter stay in the form; what it called by numbers that mean something else now does not. */
async function refuseStale(
  desk: WebDesk,
  visit: Visit,
  form: WebForm,
  draft: Draft,
  attached: readonly Attached[],
): Promise<FastifyReply> {
  const { folderChanged, folderChangedExplained } = visit.words;
  const isThere = async (place: FormPlace) => (await folderOfPlace(visit, place)) !== null;
  const { place, original } = draft;
  const fresh: Draft = {
    ...draft,
    place: place !== null && (await isThere(place)) ? place : null,
    original: original !== null && (await isThere(original.place)) ? original : null,
  };
  return keepOrShow(desk, visit, form, fresh, attached, `${folderChanged}. ${folderChangedExplained}`);
}

/** Files that were sent with a form cannot be put into it again: they are kept as a draft, whatever becomes of the letter. */
function keepOrShow(
  desk: WebDesk,
  visit: Visit,
  form: WebForm,
  draft: Draft,
  attached: readonly Attached[],
  trouble: string,
): Promise<FastifyReply> {
  const sentence = `${visit.words.notSent}. ${trouble}`;
  return form.files.length > 0
    ? keep(desk, visit, form, draft, attached, sentence)
    : show(desk, visit, draft, sentence);
}

/** Writes the draft anew into Drafts, and shows it to be gone on with. */
async function keep(
  desk: WebDesk,
  visit: Visit,
  form: WebForm,
  draft: Draft,
  attached: readonly Attached[],
  trouble: string | null,
): Promise<FastifyReply> {
  const { to, cc, bcc } = typedAddresses(draft);
  const recipients = { to: to.addresses, cc: cc.addresses, bcc: bcc.addresses };
  const letter = await letterOf(desk, visit, { ...draft, isPage: false }, recipients, attached);
  const message = await composeMessage({ ...letter, keepsBcc: true, at: desk.parts.host.clock.now() });
  const uid = await fileCopy(visit.folders, 'drafts', message, 'DS');
  await removeDraft(visit, form);
  if (uid === null) return desk.notFound(visit);
  // What is no address has no place in a message: it stays in the form, and is not lost without a word.
  const [wrong] = [to, cc, bcc].flatMap(({ unreadable }) => unreadable);
  const told = trouble ?? (wrong === undefined ? null : `${visit.words.isNoAddress} ${wrong.slice(0, 100)}`);
  if (told === null) return visit.reply.redirect(`/compose?draft=${uid}&kept=1`, 303);
  const kept = await keptDraft(visit, uid);
  const attachments = kept?.attachments ?? [];
  return show(desk, visit, { ...draft, place: kept?.place ?? null, attachments, isKept: trouble === null }, told);
}

async function removeDraft(visit: Visit, form: WebForm): Promise<void> {
  const place = parseFormPlace(form.get('draft'));
  const drafts = place === null ? null : await folderOfPlace(visit, place);
  // Only what is a draft: a form names any message of its user.
  if (place !== null && drafts?.stored(place.uid)?.flags.includes('D')) await drafts.expunge([place.uid]);
}

/** The message that was answered or passed on says so from now on. */
async function markOriginal(visit: Visit, { original }: Draft): Promise<void> {
  if (original === null) return;
  const mailbox = await folderOfPlace(visit, original.place);
  await mailbox?.setFlags(original.place.uid, (flags) => flags + (original.kind === 'reply' ? 'R' : 'P'));
}

interface Recipients {
  readonly to: readonly MailboxAddress[];
  readonly cc: readonly MailboxAddress[];
  readonly bcc: readonly MailboxAddress[];
}

function typedAddresses({ to, cc, bcc }: Draft) {
  const read = (typed: string) => parseAddressList(typed, typedDomain);
  return { to: read(to), cc: read(cc), bcc: read(bcc) };
}

function readRecipients(draft: Draft, { words }: Visit): Recipients | { readonly trouble: string } {
  const { to, cc, bcc } = typedAddresses(draft);
  const [wrong] = [to, cc, bcc].flatMap(({ unreadable }) => unreadable);
  if (wrong !== undefined) return { trouble: `${words.isNoAddress} ${wrong.slice(0, 100)}` };
  const recipients = { to: to.addresses, cc: cc.addresses, bcc: bcc.addresses };
  const count = recipients.to.length + recipients.cc.length + recipients.bcc.length;
  // MFMT-02: a message says whom it is from and whom it is for.
  if (recipients.to.length === 0) return { trouble: words.needsRecipient };
  return count > RECIPIENTS_MAX ? { trouble: words.tooManyRecipients } : recipients;
}

async function letterOf(
  desk: WebDesk,
  visit: Visit,
  draft: Draft,
  recipients: Recipients,
  attached: readonly Attached[],
): Promise<Outgoing> {
  const own: NamedAddress = ownAddress(desk.parts, visit.account);
  const letter: Outgoing = {
    ...recipients,
    from: draft.isPlainFrom ? { name: '', address: own.address } : own,
    subject: draft.subject,
    text: draft.text,
    inReplyTo: draft.inReplyTo,
    references: draft.references,
    attachments: attached,
  };
  return draft.isPage ? asPage(letter, attached) : letter;
}

/** What a person typed, bounded and in one form. */
function draftOf(form: WebForm, attached: readonly Attached[]): Draft {
  const ids = (name: string) => readMessageIds(form.get(name)).join(' ');
  const [kind, ...rest] = form.get('original').split('/');
  const original = parseFormPlace(rest.join('/'));
  const isKind = kind === 'reply' || kind === 'forward';
  return {
    to: form.get('to'),
    cc: form.get('cc'),
    bcc: form.get('bcc'),
    subject: form.get('subject').replace(/[\r\n]+/g, ' '),
    text: form.get('text'),
    inReplyTo: ids('inReplyTo'),
    references: ids('references'),
    isPlainFrom: form.get('from') === 'plain',
    isPage: form.get('page') === 'yes',
    place: parseFormPlace(form.get('draft')),
    original: isKind && original !== null ? { kind, place: original } : null,
    attachments: placedAttachments(attached),
    isKept: false,
  };
}
