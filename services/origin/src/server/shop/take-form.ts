import { orderLines, placeOrder } from '../../protocol/shop/customer.ts';
import { withPieces } from '../../protocol/shop/visitor.ts';
import type { SiteAnswer } from '../site-handler.ts';
import { signIn, signUp } from './accounts.ts';
import { PasswordsBusy } from './passwords.ts';
import { refuse } from './refuse.ts';
import { seeOther } from './shop-answer.ts';
import { type Form, isOurs, moved, readForm, type Till, write } from './till.ts';

/** Answers POST: does what the form asks, and leads to a page. */
export async function takeForm(till: Till): Promise<SiteAnswer> {
  const form = await readForm(till.request);
  if (typeof form === 'string') return refuse(till, form);
  const asking = await till.visitors.look(till.request);
  if (asking === null) return refuse(till, 'ambiguous');
  // Before anything is computed for it: a form that the shop has not made is not looked at.
  if (!isOurs(asking, form)) return refuse(till, 'token');
  try {
    switch (till.at.page.kind) {
      case 'basket':
        return await changeBasket(till, form);
      case 'orders':
        return await order(till, form);
      case 'sign-in':
        return await signIn(till, form, asking);
      case 'sign-up':
        return await signUp(till, form, asking);
      case 'sign-out':
        return await write(till, form, (visitor) => ({ visitor: moved(till, visitor), session: 'end' }), '/');
      default:
        return await write(till, form, () => ({ visitor: null }), '/lab');
    }
  } catch (error) {
    if (error instanceof PasswordsBusy) return refuse(till, 'busy', { waitS: 1 });
    throw error;
  }
}

function changeBasket(till: Till, form: Form): Promise<SiteAnswer> {
  const item = form.get('item') ?? '';
  const pieces = form.get('pieces') ?? '1';
  if (!till.catalogue.items.has(item) || !/^-?\d{1,2}$/.test(pieces)) return Promise.resolve(refuse(till, 'form'));
  return write(till, form, (visitor) => ({ visitor: withPieces(visitor, item, Number(pieces)) }), '/basket');
}

/** One thing with one click, or all of the basket. */
async function order(till: Till, form: Form): Promise<SiteAnswer> {
  const { catalogue, request } = till;
  const item = form.get('item');
  const number = form.get('number') ?? '';
  if ((item !== undefined && !catalogue.items.has(item)) || !/^[A-Za-z0-9_-]{12}$/.test(number))
    return refuse(till, 'form');
  const asking = await till.visitors.look(request);
  if (!asking?.isSignedIn) return seeOther('/sign-in?next=/orders', 'only a customer who has signed in can order');
  return write(
    till,
    form,
    (visitor, { customer }) => {
      const wanted = item === undefined ? visitor.basket : [{ item, count: 1 }];
      const done = placeOrder(customer!, number, orderLines(catalogue, wanted), request.now);
      if (done.kind === 'empty') return { visitor, result: 'basketEmpty' };
      if (done.kind === 'full') return { visitor, result: 'ordersFull' };
      if (done.kind === 'known') return { visitor };
      return { visitor: item === undefined ? { ...visitor, basket: [] } : visitor, customer: done.customer };
    },
    '/orders',
  );
}
