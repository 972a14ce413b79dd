import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileFault } from '#shared/file-fault.ts';
import { parseSampleResponse, type SampleResponse } from '../protocol/sample-response.ts';
import { parseSiteFile, type SiteFile } from '../protocol/site-file.ts';
import {
  type FieldRule,
  parseAliases,
  parseFieldRules,
  parseRedirects,
  type Redirect,
} from '../protocol/site-rules.ts';
import { WatchedFile } from './watched-file.ts';

/** A site: a folder of documents that one or several host names lead to. */
export interface Site {
  /** The name of its folder, which is its first host name. */
  readonly name: string;
  /** Folders to look in, the one that wins first. */
  readonly roots: readonly string[];
  redirects(): Promise<readonly Redirect[]>;
  fieldRules(): Promise<readonly FieldRule[]>;
  /** What it does besides showing documents. */
  rules(): Promise<SiteFile>;
}

/** The site that answers for names that no folder has, where there is one. */
const FALLBACK = 'default';

/** The sites of a host: `www/<host name>/` in its own folder, and what was edited while the lab runs. */
export class Sites {
  readonly #sites: ReadonlyMap<string, Site>;
  readonly #aliases: WatchedFile<ReadonlyMap<string, string>>;
  readonly #files: readonly WatchedFile<unknown>[];

  private constructor(
    sites: ReadonlyMap<string, Site>,
    aliases: WatchedFile<ReadonlyMap<string, string>>,
    files: readonly WatchedFile<unknown>[],
  ) {
    this.#sites = sites;
    this.#aliases = aliases;
    this.#files = files;
  }

  /** @throws Error with one sentence that names the file at fault. */
  static async open(ownFolder: string, overlayFolder: string): Promise<Sites> {
    const entries = await readdir(ownFolder, { withFileTypes: true }).catch(() => []);
    const names = entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name);
    if (names.length === 0)
      throw new Error(`${ownFolder} has no site: put a folder there that is named as the host in its URLs`);
    const aliases = await WatchedFile.open(join(ownFolder, '.aliases'), parseAliases);
    const files: WatchedFile<unknown>[] = [aliases];
    const sites = new Map<string, Site>();
    for (const name of names) {
      const redirects = await WatchedFile.open(join(ownFolder, name, '.redirects'), parseRedirects);
      const rules = await WatchedFile.open(join(ownFolder, name, '.fields'), parseFieldRules);
      const siteFile = await WatchedFile.open(join(ownFolder, name, '.site'), parseSiteFile);
      files.push(redirects, rules, siteFile);
      const site: Site = {
        name,
        roots: [join(overlayFolder, name), join(ownFolder, name)],
        redirects: () => redirects.read(),
        fieldRules: () => rules.read(),
        rules: () => siteFile.read(),
      };
      for (const file of (await site.rules()).samples.values()) await readSample(site, file);
      sites.set(name.toLowerCase(), site);
    }
    return new Sites(sites, aliases, files);
  }

  all(): readonly Site[] {
    return [...this.#sites.values()];
  }

  /** The host names that are served, aliases included. */
  async names(): Promise<string[]> {
    return [...this.#sites.keys(), ...(await this.#aliases.read()).keys()].filter((name) => name !== FALLBACK);
  }

  /** The site for a host name, or null. */
  async find(hostName: string | null): Promise<Site | null> {
    const aliases = await this.#aliases.read();
    const named = (name: string) => this.#sites.get(name) ?? this.#sites.get((aliases.get(name) ?? '').toLowerCase());
    return (hostName === null ? undefined : named(hostName)) ?? named(FALLBACK) ?? null;
  }

  /** Null, or which file of rules has a fault. */
  trouble(): string | null {
    return this.#files.map((file) => file.trouble).find((trouble) => trouble !== null) ?? null;
  }
}

/** A response that lies beside the rules of a site. @throws Error with one sentence that names the file and the line */
export async function readSample(site: Site, fileName: string): Promise<SampleResponse> {
  const path = join(site.roots.at(-1)!, fileName);
  try {
    return parseSampleResponse(await readFile(path));
  } catch (error) {
    const line = error instanceof FileFault ? `, line ${error.line}` : '';
    throw new Error(`${path}${line}: ${(error as Error).message}`);
  }
}
