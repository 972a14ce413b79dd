import type { SetCookie } from '#shared/http/set-cookie.ts';
import { CUSTOMER_KEPT_MS, type Customer, type Session, sessionEnd } from '../../protocol/shop/customer.ts';
import {
  cookieNames,
  forgotten,
  sessionCookie,
  VISITOR_LIFETIME_S,
  visitorCookie,
} from '../../protocol/shop/shop-cookies.ts';
import type { Visitor } from '../../protocol/shop/visitor.ts';
import type { Change, ShopStore } from '../../store/shop/shop-store.ts';
import type { SiteRequest } from '../site-handler.ts';
import { type Asking, hashed, newId, type Recognised, recognise } from './recognise.ts';

/** The customer of a name that is typed into a form; null when there is none, or when no name was asked for. */
type NamedCustomer = Customer | null;

/** What is to be written, and what the answer is made from. */
export interface Outcome<Result> {
  readonly result: Result;
  /** The row after this request; null: no row. */
  readonly visitor: Visitor | null;
  readonly customer?: Customer;
  /** `begin` signs the visitor in as the customer, `end` signs out; both come with a new id for the visitor. */
  readonly session?: 'begin' | 'end';
  readonly tallies?: readonly string[];
}

export interface Served<Result> {
  readonly result: Result;
  readonly asking: Asking;
  readonly cookies: readonly SetCookie[];
}

/** Times that a change is tried when others of the same visitor are faster. A browser sends six requests at once. */
const TRIES_MAX = 64;

/** Recognises visitors, and writes down what changes: all of it or nothing, made from what is there at that moment. */
export class Visitors {
  readonly #store: ShopStore;

  constructor(store: ShopStore) {
    this.#store = store;
  }

  /** Who asks, without writing anything; null when two cookies contradict each other. */
  look(request: SiteRequest): Promise<Asking | null> {
    return recognise(this.#store, request, null);
  }

  /** The customer of that name. */
  async customer(key: string, now: number): Promise<Customer | null> {
    return (await this.#store.find('customer', key, now))?.row ?? null;
  }

  /**
   * Writes what `change` says. It is called again when somebody else was faster.
   *
   * @param typedKey of a customer that `change` wants to see beside the visitor's own
   * @returns `ambiguous` when two cookies contradict each other, `full` when the shop takes no more, `busy` when others were
   * always faster
   */
  async serve<Result>(
    request: SiteRequest,
    change: (asking: Asking, named: NamedCustomer) => Outcome<Result>,
    typedKey: string | null = null,
  ): Promise<Served<Result> | 'ambiguous' | 'full' | 'busy'> {
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const read = await recognise(this.#store, request, typedKey);
      if (read === null) return 'ambiguous';
      const outcome = change(read, typedKey === null ? null : (read.heldCustomers.get(typedKey)?.row ?? null));
      const token = outcome.session === 'begin' ? newId() : null;
      const changes = changesOf(request.now, read, outcome, token);
      const committed = await this.#store.commit(changes, outcome.tallies ?? [], request.now);
      if (committed === 'full') return 'full';
      if (committed === 'done')
        return {
          result: outcome.result,
          asking: afterwards(read, outcome),
          cookies: cookiesAfter(request, read, outcome, token),
        };
    }
    return 'busy';
  }
}

function changesOf<Result>(
  now: number,
  read: Recognised,
  outcome: Outcome<Result>,
  token: string | null,
): readonly Change[] {
  const { visitor, customer, session } = outcome;
  const { held, heldSession, sessionKey, heldCustomers } = read;
  const changes: Change[] = [];
  const from = held?.version ?? null;
  const isMoved = visitor === null || visitor.id !== read.visitor.id;
  const endsAt = now + VISITOR_LIFETIME_S * 1000;
  if (isMoved && from !== null) changes.push({ table: 'visitor', key: read.visitor.id, from, row: null, endsAt });
  if (visitor !== null)
    changes.push({ table: 'visitor', key: visitor.id, from: isMoved ? null : from, row: visitor, endsAt });
  if (customer !== undefined) {
    const version = heldCustomers.get(customer.key)?.version ?? null;
    changes.push({
      table: 'customer',
      key: customer.key,
      from: version,
      row: customer,
      endsAt: now + CUSTOMER_KEPT_MS,
    });
  }
  if (heldSession !== null && sessionKey !== null && read.isSignedIn) {
    const isOver = session !== undefined || visitor === null;
    const kept = { table: 'session', key: sessionKey, from: heldSession.version } as const;
    const row = heldSession.row;
    changes.push({ ...kept, row: isOver ? null : row, endsAt: sessionEnd(row, now) });
  }
  if (token !== null && visitor !== null && visitor.customer !== null) {
    const row: Session = { customer: visitor.customer, visitor: visitor.id, begunAt: now };
    changes.push({ table: 'session', key: hashed(token), from: null, row, endsAt: sessionEnd(row, now) });
  }
  return changes;
}

function afterwards<Result>(read: Recognised, { visitor, customer, session }: Outcome<Result>): Asking {
  const { isNew, token, because } = read;
  const isSignedIn = session === undefined ? read.isSignedIn : session === 'begin';
  return {
    ...{ isNew, token, because, isSignedIn },
    visitor: visitor ?? read.visitor,
    customer: customer ?? read.customer,
  };
}

/** The visitor's cookie is set when its id is new, or when half of its life is over. */
function cookiesAfter<Result>(
  { secure, now }: SiteRequest,
  read: Recognised,
  { visitor, session }: Outcome<Result>,
  token: string | null,
): readonly SetCookie[] {
  const isFresh = visitor !== null && (read.isNew || visitor.id !== read.visitor.id || visitor.cookieSetAt === now);
  return [
    ...(isFresh ? [visitorCookie(visitor.id, secure, now)] : []),
    ...(token === null ? [] : [sessionCookie(token, secure)]),
    ...(session === 'end' ? [forgotten(cookieNames(secure).session, secure)] : []),
  ];
}
