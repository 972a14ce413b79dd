/** Customers: who has given a name, a password and an address, and what was sent there. */

import type { Catalogue } from './catalogue.ts';

export interface Customer {
  /** The name without its case: one customer for each. */
  readonly key: string;
  readonly name: string;
  readonly address: string;
  readonly passwordHash: string;
  readonly since: number;
  readonly orders: readonly Order[];
}

interface Order {
  /** Made with the form: the same form sent twice is one order. */
  readonly number: string;
  readonly at: number;
  readonly lines: readonly OrderLine[];
}

export interface OrderLine {
  readonly item: string;
  readonly count: number;
  /** What one piece cost then. */
  readonly cents: number;
}

/** A session: that a visitor has proved to be a customer. It holds for that visitor's id and no other. */
export interface Session {
  readonly customer: string;
  readonly visitor: string;
  readonly begunAt: number;
}

/** A session ends when it was not used for half an hour, and after twelve hours in any case, in milliseconds. */
const SESSION_IDLE_MS = 30 * 60_000;
const SESSION_MS_MAX = 12 * 3_600_000;
/** A customer who does not come back is forgotten after a year, in milliseconds. */
export const CUSTOMER_KEPT_MS = 365 * 24 * 3_600_000;
/** Orders of one customer; one more is refused, none is lost. */
export const ORDERS_MAX = 50;

const NAME_CHARACTERS_MAX = 40;
const ADDRESS_CHARACTERS_MAX = 120;
/** NIST SP 800-63B, section 3.1.1.2: eight at least, no rules about kinds of characters. */
const PASSWORD_CHARACTERS_MIN = 8;
const PASSWORD_CHARACTERS_MAX = 128;

/** What is wrong with a form, by the field that it is about. */
export const SIGN_UP_FAULTS = ['name', 'password', 'address'] as const;
export type SignUpFault = (typeof SIGN_UP_FAULTS)[number];

export interface SignUpForm {
  readonly name: string;
  readonly password: string;
  readonly address: string;
}

/** The name as it is kept: composed, without blanks around it. */
export function cleanText(text: string): string {
  return text.normalize('NFC').trim();
}

/** What stands for a name where customers are told apart. */
export function customerKey(name: string): string {
  return cleanText(name).normalize('NFKC').toLowerCase();
}

export function faultsOf({ name, password, address }: SignUpForm): readonly SignUpFault[] {
  const isLine = (text: string, charactersMax: number) =>
    text !== '' && [...text].length <= charactersMax && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text);
  const length = [...password].length;
  return [
    ...(isLine(cleanText(name), NAME_CHARACTERS_MAX) ? [] : ['name' as const]),
    ...(length >= PASSWORD_CHARACTERS_MIN && length <= PASSWORD_CHARACTERS_MAX ? [] : ['password' as const]),
    ...(isLine(cleanText(address), ADDRESS_CHARACTERS_MAX) ? [] : ['address' as const]),
  ];
}

/** Whether a password is worth being compared: a longer one is none, and would only cost time. */
export function mayBePassword(password: string): boolean {
  return password.length > 0 && [...password].length <= PASSWORD_CHARACTERS_MAX;
}

export type Ordered =
  | { readonly kind: 'ordered'; readonly customer: Customer }
  /** The form was sent before: nothing is ordered twice. */
  | { readonly kind: 'known' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'full' };

export function placeOrder(customer: Customer, number: string, lines: readonly OrderLine[], now: number): Ordered {
  if (customer.orders.some((order) => order.number === number)) return { kind: 'known' };
  if (lines.length === 0) return { kind: 'empty' };
  if (customer.orders.length >= ORDERS_MAX) return { kind: 'full' };
  return { kind: 'ordered', customer: { ...customer, orders: [...customer.orders, { number, at: now, lines }] } };
}

/** What a basket is as lines of an order; things that are not sold any more are left out. */
export function orderLines(
  catalogue: Catalogue,
  basket: readonly Pick<OrderLine, 'item' | 'count'>[],
): readonly OrderLine[] {
  return basket.flatMap(({ item, count }) => {
    const known = catalogue.items.get(item);
    return known === undefined ? [] : [{ item, count, cents: known.cents }];
  });
}

export function totalOf(lines: readonly OrderLine[]): number {
  return lines.reduce((sum, { count, cents }) => sum + count * cents, 0);
}

/** When a session ends that is used now. */
export function sessionEnd(session: Session, now: number): number {
  return Math.min(now + SESSION_IDLE_MS, session.begunAt + SESSION_MS_MAX);
}
