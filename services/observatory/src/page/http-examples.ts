/**
 * A request that can be said with one click, and to whom. Its lines end with CR LF unless `bare`; `{now}` is the time of the
 * click.
 */
interface HttpExample {
  /** The key of its name in the words of the page. */
  readonly key: string;
  /** The host on the map that it is said to. */
  readonly host: string;
  readonly text: string;
  readonly bare?: true;
}

const SCHOOL = 'www-someschool';
const HOST = 'Host: www.someschool.edu';

/** Groups of examples: what a message is, what methods there are, what statuses, what a cache needs. */
export const HTTP_EXAMPLES: Readonly<Record<string, readonly HttpExample[]>> = {
  message: [
    {
      key: 'notes',
      host: SCHOOL,
      text: `GET /somedir/page.html HTTP/1.1\n${HOST}\nConnection: close\nUser-agent: Mozilla/5.0\nAccept-language: fr\n\n`,
    },
    { key: 'kept', host: SCHOOL, text: `GET /somedir/page.html HTTP/1.1\n${HOST}\n\n` },
    {
      key: 'two',
      host: SCHOOL,
      text: `GET /tttt/picture.gif HTTP/1.1\nHost: www.test.com\n\nHEAD / HTTP/1.1\n${HOST}\nConnection: close\n\n`,
    },
    { key: 'otherSite', host: SCHOOL, text: 'GET / HTTP/1.1\nHost: www.umass.edu\nConnection: close\n\n' },
    { key: 'sample', host: SCHOOL, text: `GET /sample-response HTTP/1.1\n${HOST}\nConnection: close\n\n` },
  ],
  method: [
    { key: 'head', host: SCHOOL, text: `HEAD /somedir/page.html HTTP/1.1\n${HOST}\nConnection: close\n\n` },
    { key: 'options', host: SCHOOL, text: `OPTIONS / HTTP/1.1\n${HOST}\nConnection: close\n\n` },
    {
      key: 'put',
      host: SCHOOL,
      text: `PUT /files/note.txt HTTP/1.1\n${HOST}\nContent-Type: text/plain\nContent-Length: 12\nConnection: close\n\nhello, world`,
    },
    { key: 'getPut', host: SCHOOL, text: `GET /files/note.txt HTTP/1.1\n${HOST}\nConnection: close\n\n` },
    { key: 'delete', host: SCHOOL, text: `DELETE /files/note.txt HTTP/1.1\n${HOST}\nConnection: close\n\n` },
  ],
  status: [
    { key: 'moved', host: SCHOOL, text: `GET /old.html HTTP/1.1\n${HOST}\nConnection: close\n\n` },
    { key: 'missing', host: SCHOOL, text: `GET /nothing.html HTTP/1.1\n${HOST}\nConnection: close\n\n` },
    { key: 'noHost', host: SCHOOL, text: 'GET / HTTP/1.1\nConnection: close\n\n' },
    { key: 'garbage', host: SCHOOL, text: 'hello, server\n\n' },
    { key: 'version', host: SCHOOL, text: `GET / HTTP/9.9\n${HOST}\n\n` },
    { key: 'bareLf', host: SCHOOL, text: `GET / HTTP/1.1\n${HOST}\nConnection: close\n\n`, bare: true },
  ],
  cache: [
    {
      key: 'conditional',
      host: SCHOOL,
      text: `GET /somedir/page.html HTTP/1.1\n${HOST}\nIf-Modified-Since: {now}\nConnection: close\n\n`,
    },
    {
      key: 'range',
      host: SCHOOL,
      text: `GET /somedir/page.html HTTP/1.1\n${HOST}\nRange: bytes=0-9\nConnection: close\n\n`,
    },
    {
      key: 'proxy',
      host: 'proxy',
      text: `GET http://www.someschool.edu/cacheable.html HTTP/1.1\n${HOST}\nConnection: close\n\n`,
    },
    {
      key: 'onlyIfCached',
      host: 'proxy',
      text: `GET http://www.someschool.edu/cacheable.html HTTP/1.1\n${HOST}\nCache-Control: only-if-cached\nConnection: close\n\n`,
    },
  ],
};
