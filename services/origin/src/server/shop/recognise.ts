import { createHash, randomBytes } from 'node:crypto';
import { type CookiePair, cookieNamed, cookiesOf } from '#shared/http/cookie.ts';
import type { Customer, Session } from '../../protocol/shop/customer.ts';
import { cookieNames, ID_OCTETS, isId } from '../../protocol/shop/shop-cookies.ts';
import { newVisitor, type Visitor } from '../../protocol/shop/visitor.ts';
import type { Held, ShopStore } from '../../store/shop/shop-store.ts';
import type { SiteRequest } from '../site-handler.ts';
import { formToken } from './form-token.ts';

/** Who asks, as the cookies and the database say. */
export interface Asking {
  readonly visitor: Visitor;
  /** Whether the database has no row yet: the id is a fresh one. */
  readonly isNew: boolean;
  /** The customer that the visitor has been, or is. */
  readonly customer: Customer | null;
  readonly isSignedIn: boolean;
  /** What a form of this visitor must carry. */
  readonly token: string;
  /** How the shop knows, in a sentence. */
  readonly because: string;
}

/** Who asks, with the rows as they were read. */
export interface Recognised extends Asking {
  readonly held: Held<Visitor> | null;
  readonly heldSession: Held<Session> | null;
  readonly sessionKey: string | null;
  readonly heldCustomers: ReadonlyMap<string, Held<Customer>>;
}

/**
 * Reads who asks; null when two cookies contradict each other. Nothing is written: a new visitor has no row yet.
 *
 * @param typedKey of a customer to be read as well
 */
export async function recognise(
  store: ShopStore,
  request: SiteRequest,
  typedKey: string | null,
): Promise<Recognised | null> {
  const { now, secure } = request;
  const pairs = cookiesOf(request.fields);
  const names = cookieNames(secure);
  const given = cookieNamed(pairs, names.visitor);
  if (given.kind === 'several') return null;
  const givenId = given.kind === 'one' && isId(given.value) ? given.value : null;
  const sessionToken = sessionTokenOf(pairs, names.session);
  const sessionKey = sessionToken === null ? null : hashed(sessionToken);
  const [held, heldSession] = await Promise.all([
    givenId === null ? null : store.find('visitor', givenId, now),
    sessionKey === null ? null : store.find('session', sessionKey, now),
  ]);
  const visitor = held?.row ?? newVisitor(newId(), now);
  const keys = new Set([visitor.customer, typedKey].filter((key) => key !== null));
  const heldCustomers = new Map<string, Held<Customer>>();
  for (const key of keys) {
    const customer = await store.find('customer', key, now);
    if (customer !== null) heldCustomers.set(key, customer);
  }
  const customer = heldCustomers.get(visitor.customer ?? '')?.row ?? null;
  // A session is one of this visitor and of no other: a session or a visitor's id that was planted opens nothing.
  const isSignedIn =
    heldSession !== null &&
    customer !== null &&
    heldSession.row.visitor === visitor.id &&
    heldSession.row.customer === customer.key;
  return {
    ...{ visitor, customer, isSignedIn, held, sessionKey, heldCustomers },
    heldSession,
    isNew: held === null,
    token: formToken(visitor.id, isSignedIn ? sessionToken : null),
    because: becauseOf(given.kind, held !== null, isSignedIn),
  };
}

function becauseOf(given: 'none' | 'one', isKnown: boolean, isSignedIn: boolean): string {
  if (given === 'none') return 'the request names no visitor: a new one, with a fresh id';
  if (!isKnown) return 'the database does not know the visitor of the cookie: a new one, with a fresh id';
  return isSignedIn ? 'a known visitor, signed in' : 'a known visitor, by its cookie';
}

function sessionTokenOf(pairs: readonly CookiePair[], name: string): string | null {
  const given = cookieNamed(pairs, name);
  return given.kind === 'one' && isId(given.value) ? given.value : null;
}

/** The session's cookie is as good as a password for a while: the database has no more than its hash. */
export function hashed(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** @returns 24 octets of the system's randomness in base64url */
export function newId(): string {
  return randomBytes(ID_OCTETS).toString('base64url');
}
