import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Host } from '#shared/host/host.ts';
import type { SiteHandler } from '../site-handler.ts';

/** The file that makes a shop of a site: what it sells. */
const SHOP_FILE = '.shop';

/**
 * The shop of the site in `folder`, or null when that is a site of documents: then nothing of the shop is loaded.
 *
 * @throws Error with one sentence that names the file and the line at fault
 */
export async function openShop(host: Host, folder: string): Promise<SiteHandler | null> {
  const path = join(folder, SHOP_FILE);
  if ((await stat(path).catch(() => null)) === null) return null;
  const [{ Shop }, { WatchedFile }, { parseCatalogue }] = await Promise.all([
    import('./shop.ts'),
    import('../../store/watched-file.ts'),
    import('../../protocol/shop/catalogue.ts'),
  ]);
  const file = await WatchedFile.open(path, parseCatalogue);
  return new Shop(host, file, await openStore(host, basename(folder)));
}

async function openStore(host: Host, site: string) {
  const { redis } = host;
  if (redis !== null) {
    const { redisShopStore } = await import('../../store/shop/redis-shop-store.ts');
    return redisShopStore(redis, site);
  }
  const { memoryShopStore } = await import('../../store/shop/memory-shop-store.ts');
  return memoryShopStore();
}
