import { fieldLines } from '#shared/http/fields.ts';
import { essenceOf } from '#shared/http/media-type.ts';
import type { RefusalCode } from '../../page/shop/words.ts';
import { foreignPage } from '../../protocol/foreign-page.ts';
import { decodeFormUrlencoded } from '../../protocol/form-urlencoded.ts';
import type { AttemptLimit } from '../../protocol/shop/attempt-limit.ts';
import type { Customer } from '../../protocol/shop/customer.ts';
import { underNewId, type Visitor, withPage } from '../../protocol/shop/visitor.ts';
import type { SiteAnswer, SiteRequest } from '../site-handler.ts';
import { isSameToken } from './form-token.ts';
import type { Passwords } from './passwords.ts';
import { type Asking, newId } from './recognise.ts';
import { refuse } from './refuse.ts';
import { seeOther } from './shop-answer.ts';
import type { ShopRequest } from './shop-request.ts';
import type { Outcome } from './visitors.ts';

/** What forms need besides what pages need. */
export interface Till extends ShopRequest {
  readonly passwords: Passwords;
  /** Tries for one customer's name, and from one address. */
  readonly triesOfName: AttemptLimit;
  readonly triesOfAddress: AttemptLimit;
}

export type Form = ReadonlyMap<string, string>;

/** Longest form, in octets: a name, an address and a password of three octets a character are less. */
const FORM_OCTETS_MAX = 4_096;
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** No form of a page of elsewhere, and a form indeed. */
export async function readForm(request: SiteRequest): Promise<Form | RefusalCode> {
  const { fields, secure, authority } = request;
  if (foreignPage(fields, secure ? 'https' : 'http', authority) !== null) return 'foreign';
  const types = fieldLines(fields, 'Content-Type');
  if (types.length !== 1 || essenceOf(types[0]!) !== FORM_TYPE) return 'form';
  const octets = await request.readBody(FORM_OCTETS_MAX);
  if (octets === null) return 'tooLong';
  const decoded = decodeFormUrlencoded(octets);
  const form = new Map(decoded?.map(({ name, value }) => [name, value]));
  // A name that comes twice is none of our forms: two readers might read two different things.
  return decoded === null || form.size < decoded.length ? 'form' : form;
}

/** Whether the shop has made the form, for the visitor and the session that send it. */
export function isOurs({ isNew, token }: Asking, form: Form): boolean {
  return !isNew && isSameToken(form.get('token') ?? '', token);
}

type Written = Omit<Outcome<unknown>, 'result'> & { readonly result?: RefusalCode };

/** Writes a change and leads to `path`. The token is looked at once more: the change may meet another state. */
export async function write(
  till: Till,
  form: Form,
  change: (visitor: Visitor, asking: Asking, named: Customer | null) => Written,
  path: string,
  typedKey: string | null = null,
): Promise<SiteAnswer> {
  const { request, at } = till;
  const served = await till.visitors.serve<RefusalCode | null>(
    request,
    (asking, named) => {
      if (!isOurs(asking, form)) return { result: 'token', visitor: asking.isNew ? null : asking.visitor };
      const visitor = withPage(asking.visitor, 'POST', at.path, request.now);
      return { result: null, ...change(visitor, asking, named) };
    },
    typedKey,
  );
  if (served === 'full') return refuse(till, 'shopFull');
  if (typeof served === 'string') return refuse(till, served, { waitS: served === 'busy' ? 1 : null });
  if (served.result !== null) return refuse(till, served.result, { asking: served.asking });
  return seeOther(path, 'the form is done with; the page to see is another one', served.cookies);
}

/** What the browser may do changes: whoever knew the old id knows nothing any more (session fixation). */
export function moved({ request }: Till, visitor: Visitor): Visitor {
  return underNewId(visitor, newId(), request.now);
}
