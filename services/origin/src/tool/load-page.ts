/**
 * Loads a page with all of its objects, as a browser would, and tells how each came:
 *
 *     node services/origin/src/tool/load-page.ts http://www.someschool.edu/album/ [--non-persistent] [--pipelining]
 *          [--connections N] [--address A] [--port P] [--from A] [--json]
 *
 * As in today's browsers connections are persistent and requests are not pipelined, unless it is told otherwise.
 */
import { parseArgs } from 'node:util';
import { type LoadedPage, loadPage } from '../client/page-loader.ts';

/** Connections at once, at most. */
const CONNECTIONS_MAX = 64;

try {
  const { url, json, manner, where } = readCommandLine();
  const page = await loadPage(url, manner, where);
  process.stdout.write(json ? `${JSON.stringify(page, null, 2)}\n` : formatPage(url, page));
  process.exitCode = page.objects.every(({ status }) => status < 400) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}

function readCommandLine() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      'non-persistent': { type: 'boolean', default: false },
      pipelining: { type: 'boolean', default: false },
      connections: { type: 'string', default: '1' },
      address: { type: 'string' },
      port: { type: 'string' },
      from: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [url] = positionals;
  if (url === undefined || !URL.canParse(url) || new URL(url).protocol !== 'http:')
    throw new Error('Give the URL of a page: http://www.someschool.edu/album/');
  const persistent = !values['non-persistent'];
  if (!persistent && values.pipelining)
    throw new Error('Pipelining needs a connection that lasts: leave --non-persistent out');
  const { address, from: localAddress, port } = values;
  return {
    url,
    json: values.json,
    manner: { persistent, pipelining: values.pipelining, connections: number(values.connections, CONNECTIONS_MAX) },
    where: {
      ...(address === undefined ? {} : { address }),
      ...(port === undefined ? {} : { port: number(port, 65_535) }),
      ...(localAddress === undefined ? {} : { localAddress }),
    },
  };
}

function number(text: string, max: number): number {
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= max) return Number(text);
  throw new Error(`${text} is no whole number between 1 and ${max}`);
}

function formatPage(url: string, { objects, connections, tookMs }: LoadedPage): string {
  const total = `${objects.length} objects, ${connections} connection${connections === 1 ? '' : 's'}, ${tookMs.toFixed(1)} ms`;
  const rows = objects.map(({ connection, sentMs, firstMs, doneMs, status, octets, url: each }) =>
    [connection, ...[sentMs, firstMs, doneMs].map((ms) => ms.toFixed(1)), status, octets]
      .map((cell) => String(cell).padStart(10))
      .concat(`  ${each}`)
      .join(''),
  );
  const heads = ['connection', 'sent', 'first', 'done', 'status', 'octets'].map((head) => head.padStart(10)).join('');
  return [`${url}: ${total}`, `${heads}  URL  (times in ms)`, ...rows, ''].join('\n');
}
