/** npm run compare -- NAME: the same questions to a program of the lab and to the field's own, and what differs. */
import { compareDns } from './compare-dns/main.ts';
import { compareHttp } from './compare-http/main.ts';

const comparisons: Readonly<Record<string, (words: readonly string[]) => Promise<boolean>>> = {
  dns: compareDns,
  http: compareHttp,
};

const [name = '', ...words] = process.argv.slice(2);
const chosen = comparisons[name];
if (chosen === undefined) {
  process.stderr.write(`npm run compare -- NAME, where NAME is one of: ${Object.keys(comparisons).join(', ')}\n`);
  process.exitCode = 2;
} else if (!(await chosen(words))) process.exitCode = 1;
