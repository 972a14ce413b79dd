import { signInPage, signUpPage } from '../../page/shop/till-pages.ts';
import type { RefusalCode } from '../../page/shop/words.ts';
import { cleanText, customerKey, faultsOf, mayBePassword, type SignUpFault } from '../../protocol/shop/customer.ts';
import { returnPath } from '../../protocol/shop/shop-path.ts';
import type { SiteAnswer } from '../site-handler.ts';
import type { Asking } from './recognise.ts';
import { refused } from './refuse.ts';
import { pageAnswer } from './shop-answer.ts';
import { type Form, moved, type Till, write } from './till.ts';

/** A name and a password: the visitor is this customer from now on. */
export async function signIn(till: Till, form: Form, asking: Asking): Promise<SiteAnswer> {
  const { request, passwords, visitors } = till;
  const key = customerKey(form.get('name') ?? '');
  const password = form.get('password') ?? '';
  const next = returnPath(form.get('next'), till.catalogue);
  const again = (code: RefusalCode, waitS: number | null = null) => {
    const facts = till.facts(asking);
    const { text, said } = refused(till, code, waitS);
    return pageAnswer(
      facts.language,
      signInPage(facts, { name: form.get('name') ?? '', address: '', next }, text),
      said,
    );
  };
  const waitS = countTry(till, key);
  if (waitS > 0) return again('tooManyTries', waitS);
  const customer = await visitors.customer(key, request.now);
  const isRight = mayBePassword(password) && (await passwords.matches(password, customer?.passwordHash ?? null));
  if (customer === null || !isRight) return again('wrongPassword');
  till.triesOfName.clear(key);
  return write(
    till,
    form,
    (visitor, _asking, named) =>
      named?.passwordHash !== customer.passwordHash
        ? { visitor, result: 'wrongPassword' }
        : { visitor: moved(till, { ...visitor, customer: key }), customer: named, session: 'begin' },
    next,
    key,
  );
}

/** A new customer, who is signed in at once. */
export async function signUp(till: Till, form: Form, asking: Asking): Promise<SiteAnswer> {
  const { request, passwords, visitors } = till;
  const typed = {
    name: cleanText(form.get('name') ?? ''),
    address: cleanText(form.get('address') ?? ''),
    next: returnPath(form.get('next'), till.catalogue),
  };
  const password = form.get('password') ?? '';
  const key = customerKey(typed.name);
  const again = (code: RefusalCode, waitS: number | null = null, faults: readonly SignUpFault[] = []) => {
    const facts = till.facts(asking);
    const { text, said } = refused(till, code, waitS);
    return pageAnswer(facts.language, signUpPage(facts, typed, text, faults), said);
  };
  const faults = faultsOf({ ...typed, password });
  if (faults.length > 0) return again('faults', null, faults);
  const waitS = countTry(till, null);
  if (waitS > 0) return again('tooManyTries', waitS);
  if ((await visitors.customer(key, request.now)) !== null) return again('taken');
  const passwordHash = await passwords.hash(password);
  const customer = { key, name: typed.name, address: typed.address, passwordHash, since: request.now, orders: [] };
  return write(
    till,
    form,
    (visitor, _asking, named) =>
      named !== null
        ? { visitor, result: 'taken' }
        : { visitor: moved(till, { ...visitor, customer: key }), customer, session: 'begin' },
    typed.next,
    key,
  );
}

/** Counts a try for a name and an address. @returns seconds to wait; 0: go on */
function countTry({ request, triesOfName, triesOfAddress }: Till, key: string | null): number {
  const { now, client } = request;
  const waitMs = Math.max(triesOfAddress.waitMs(client, now), key === null ? 0 : triesOfName.waitMs(key, now));
  if (waitMs > 0) return Math.ceil(waitMs / 1000);
  triesOfAddress.count(client, now);
  if (key !== null) triesOfName.count(key, now);
  return 0;
}
