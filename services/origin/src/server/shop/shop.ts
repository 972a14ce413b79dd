import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Host } from '#shared/host/host.ts';
import { fieldValue } from '#shared/http/fields.ts';
import { chooseLanguage, rememberLanguage } from '#shared/page/language.ts';
import type { Facts } from '../../page/shop/shell.ts';
import { AttemptLimit } from '../../protocol/shop/attempt-limit.ts';
import type { Catalogue } from '../../protocol/shop/catalogue.ts';
import { parseShopPath, type ShopPage, type ShopPath, switchedLanguage } from '../../protocol/shop/shop-path.ts';
import { type ShopStore, StoreAway } from '../../store/shop/shop-store.ts';
import type { WatchedFile } from '../../store/watched-file.ts';
import type { SiteAnswer, SiteHandler, SiteRequest } from '../site-handler.ts';
import { Passwords } from './passwords.ts';
import type { Asking } from './recognise.ts';
import { refuse } from './refuse.ts';
import { seeOther } from './shop-answer.ts';
import { showPage } from './show-page.ts';
import { takeForm } from './take-form.ts';
import type { Till } from './till.ts';
import { Visitors } from './visitors.ts';

/** Wrong passwords for one name, and tries from one address (a whole class may sit behind one proxy), in five minutes. */
const TRIES_OF_NAME_MAX = 5;
const TRIES_OF_ADDRESS_MAX = 60;
const TRIES_WINDOW_MS = 5 * 60_000;

/** Pages that are only for forms to be sent to, and pages that also take a form. */
const FORMS_ONLY: ReadonlySet<ShopPage['kind']> = new Set(['sign-out', 'forget']);
const TAKES_FORMS: ReadonlySet<ShopPage['kind']> = new Set([...FORMS_ONLY, 'basket', 'orders', 'sign-in', 'sign-up']);

/** The shop: a site that remembers its visitors. */
export class Shop implements SiteHandler {
  readonly #host: Host;
  readonly #file: WatchedFile<Catalogue>;
  readonly #store: ShopStore;
  readonly #visitors: Visitors;
  readonly #passwords = new Passwords();
  readonly #triesOfName = new AttemptLimit(TRIES_OF_NAME_MAX, TRIES_WINDOW_MS);
  readonly #triesOfAddress = new AttemptLimit(TRIES_OF_ADDRESS_MAX, TRIES_WINDOW_MS);
  readonly #css: string;
  readonly #stylesheet: string;
  readonly #counters = { pages: 0, forms: 0, away: 0 };

  constructor(host: Host, file: WatchedFile<Catalogue>, store: ShopStore) {
    this.#host = host;
    this.#file = file;
    this.#store = store;
    this.#visitors = new Visitors(store);
    this.#css = readFileSync(new URL('../../page/shop/shop.css', import.meta.url), 'utf8');
    const version = createHash('sha256').update(this.#css).digest('base64url').slice(0, 8);
    this.#stylesheet = `/page/shop.css?v=${version}`;
  }

  async answer(request: SiteRequest): Promise<SiteAnswer | null> {
    const catalogue = await this.#file.read();
    const at = parseShopPath(request.path, catalogue);
    if (at === null) return null;
    if (at.page.kind === 'stylesheet') return request.method === 'POST' ? null : this.#styles();
    const till = this.#till(request, at, catalogue);
    try {
      return await this.#answerPage(till);
    } catch (error) {
      if (!(error instanceof StoreAway)) throw error;
      this.#counters.away += 1;
      this.#host.log.warn(`The shop cannot serve ${at.path}: ${error.message}`);
      return refuse(till, 'away', { waitS: 2 });
    }
  }

  async state(): Promise<object> {
    const count = (table: 'visitor' | 'customer' | 'session') => this.#store.count(table).catch(() => null);
    const [visitors, customers, sessions] = await Promise.all([count('visitor'), count('customer'), count('session')]);
    return { keptIn: this.#store.keptIn, visitors, customers, sessions, ...this.#counters };
  }

  trouble(): string | null {
    return this.#file.trouble ?? this.#store.trouble();
  }

  async #answerPage(till: Till): Promise<SiteAnswer> {
    const { request, at } = till;
    const isForm = request.method === 'POST';
    if (isForm ? !TAKES_FORMS.has(at.page.kind) : FORMS_ONLY.has(at.page.kind))
      return refuse(till, 'method', { more: [['Allow', isForm ? 'GET, HEAD' : 'POST']] });
    if (isForm) {
      this.#counters.forms += 1;
      return takeForm(till);
    }
    const language = switchedLanguage(at);
    if (language === undefined) {
      this.#counters.pages += 1;
      return showPage(till);
    }
    const back = seeOther(at.path, 'the language is remembered in a cookie of its own');
    return { ...back, fields: [...back.fields, ['Set-Cookie', rememberLanguage(language)]] };
  }

  /** The name changes with the text, so it may be kept for ever (RFC 8246). */
  #styles(): SiteAnswer {
    return {
      status: 200,
      body: this.#css,
      because: 'the stylesheet is the same for everybody, and has its version in its name',
      fields: [
        ['Content-Type', 'text/css; charset=utf-8'],
        ['Cache-Control', 'public, max-age=31536000, immutable'],
      ],
    };
  }

  #till(request: SiteRequest, at: ShopPath, catalogue: Catalogue): Till {
    const { fields } = request;
    const language = chooseLanguage({
      cookie: fieldValue(fields, 'Cookie'),
      acceptLanguage: fieldValue(fields, 'Accept-Language'),
    });
    const facts = (asking: Asking | null): Facts => ({
      ...{ language, catalogue, path: at.path, stylesheet: this.#stylesheet },
      visitor: asking?.visitor ?? null,
      isNew: asking?.isNew ?? true,
      customer: asking?.customer ?? null,
      isSignedIn: asking?.isSignedIn ?? false,
      token: asking?.token ?? '',
    });
    return {
      ...{ request, at, catalogue, facts, visitors: this.#visitors, store: this.#store },
      ...{ passwords: this.#passwords, triesOfName: this.#triesOfName, triesOfAddress: this.#triesOfAddress },
    };
  }
}
