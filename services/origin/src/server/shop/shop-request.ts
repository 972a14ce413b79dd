import type { Facts } from '../../page/shop/shell.ts';
import type { Catalogue } from '../../protocol/shop/catalogue.ts';
import type { ShopPath } from '../../protocol/shop/shop-path.ts';
import type { ShopStore } from '../../store/shop/shop-store.ts';
import type { SiteRequest } from '../site-handler.ts';
import type { Asking } from './recognise.ts';
import type { Visitors } from './visitors.ts';

/** What the answer to one request is made from. */
export interface ShopRequest {
  readonly request: SiteRequest;
  readonly at: ShopPath;
  readonly catalogue: Catalogue;
  readonly visitors: Visitors;
  readonly store: ShopStore;
  /** The facts of a page for whoever asks; null: nobody that the shop would know. */
  facts(asking: Asking | null): Facts;
}
