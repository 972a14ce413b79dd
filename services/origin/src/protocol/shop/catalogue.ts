/**
 * What a shop sells: the file `.shop` in the folder of its site.
 *
 *     category books
 *       name.en: Books
 *       name.ko: 책
 *
 *     item year-of-tides 18.50
 *       name.en: A Year of Tides
 *       name.ko: 물때 열두 달
 *       about.en: ...
 *       about.ko: ...
 *
 * An item belongs to the category above it; its picture is the document `/pictures/<item>.svg`. `#` begins a comment at the
 * start of a line, as in the other files of a site.
 */

import { FileFault } from '#shared/file-fault.ts';
import { LANGUAGES, type Language } from '#shared/page/language.ts';
import { ruleLines } from '../rule-lines.ts';

/** The same in every language of the page. */
type Text = Readonly<Record<Language, string>>;

export interface Category {
  readonly id: string;
  readonly name: Text;
}

export interface Item {
  readonly id: string;
  readonly category: string;
  readonly cents: number;
  readonly name: Text;
  readonly about: Text;
}

export interface Catalogue {
  readonly categories: ReadonlyMap<string, Category>;
  readonly items: ReadonlyMap<string, Item>;
}

/** Things for sale, and shelves: what a page can show and what pairs of things can be counted. */
const ITEMS_MAX = 60;
const CATEGORIES_MAX = 12;
/** Longest text, in characters. */
const TEXT_CHARACTERS_MAX = 400;
/** The dearest thing, in cents. */
const CENTS_MAX = 1_000_000;

const ID = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const ID_CHARACTERS_MAX = 40;

/** A heading with the lines below it. */
interface Block {
  readonly line: number;
  readonly heading: string;
  readonly texts: Map<string, string>;
}

/** @throws FileFault with the line at fault */
export function parseCatalogue(text: string): Catalogue {
  const categories = new Map<string, Category>();
  const items = new Map<string, Item>();
  let category: Category | null = null;
  for (const block of blocksOf(text)) {
    const [kind, id = '', price, ...more] = block.heading.split(/\s+/);
    if (!ID.test(id) || id.length > ID_CHARACTERS_MAX || more.length > 0)
      throw new FileFault(block.line, 'write "category ID" or "item ID PRICE", with an ID like slow-kettle');
    if (kind === 'category' && price === undefined) {
      if (categories.has(id)) throw new FileFault(block.line, `there is a category ${id} already`);
      category = { id, name: textOf(block, 'name') };
      categories.set(id, category);
    } else if (kind === 'item' && category !== null) {
      if (items.has(id)) throw new FileFault(block.line, `there is an item ${id} already`);
      const cents = parseCents(block.line, price);
      items.set(id, { id, category: category.id, cents, name: textOf(block, 'name'), about: textOf(block, 'about') });
    } else throw new FileFault(block.line, `"${kind}" is neither a category nor an item of one above it`);
    if (items.size > ITEMS_MAX || categories.size > CATEGORIES_MAX)
      throw new FileFault(block.line, `a shop has at most ${CATEGORIES_MAX} categories and ${ITEMS_MAX} items`);
  }
  return { categories, items };
}

/** The items of a category, in the order of the file. */
export function itemsOf(catalogue: Catalogue, category: string): readonly Item[] {
  return [...catalogue.items.values()].filter((item) => item.category === category);
}

/** `18.50`, as it stands in the file and on the page. */
export function formatCents(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}

function parseCents(line: number, price: string | undefined): number {
  const parts = /^(\d{1,6})\.(\d\d)$/.exec(price ?? '');
  const cents = parts === null ? 0 : Number(parts[1]) * 100 + Number(parts[2]);
  if (cents <= 0 || cents > CENTS_MAX) throw new FileFault(line, 'give the item a price like 18.50');
  return cents;
}

function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  for (const [number, line] of ruleLines(text)) {
    if (!/^\s/.test(line)) {
      blocks.push({ line: number, heading: line.trim(), texts: new Map() });
      continue;
    }
    const parts = /^\s+([a-z]+\.[a-z]+):\s*(.*?)\s*$/.exec(line);
    const block = blocks.at(-1);
    if (parts === null || block === undefined)
      throw new FileFault(number, 'write "name.en: text" below a category or an item, indented');
    if (parts[2]!.length > TEXT_CHARACTERS_MAX)
      throw new FileFault(number, `the text is longer than ${TEXT_CHARACTERS_MAX} characters`);
    block.texts.set(parts[1]!, parts[2]!);
  }
  return blocks;
}

function textOf(block: Block, label: string): Text {
  const texts = LANGUAGES.map((language): [Language, string] => {
    const text = block.texts.get(`${label}.${language}`);
    if (text === undefined || text === '')
      throw new FileFault(block.line, `"${block.heading}" has no ${label}.${language}`);
    return [language, text];
  });
  return Object.fromEntries(texts) as Record<Language, string>;
}
