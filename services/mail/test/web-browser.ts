import { request } from 'node:http';
import { ALICE } from './mail-world.ts';

export interface WebPage {
  readonly status: number;
  readonly fields: Readonly<Record<string, string | string[] | undefined>>;
  readonly octets: Buffer;
  readonly html: string;
}

export interface Upload {
  readonly filename: string;
  readonly type: string;
  readonly content: Uint8Array;
}

type FormValues = Readonly<Record<string, string | readonly string[]>>;

/** A browser, as far as the webmail needs one: cookies, forms, files, and no script. */
export class WebBrowser {
  readonly #address: string;
  readonly #host: string;
  readonly #cookies = new Map<string, string>();

  constructor(address: string, host = 'mail.crepes.fr') {
    this.#address = address;
    this.#host = host;
  }

  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies;
  }

  open(path: string, fields: Record<string, string> = {}): Promise<WebPage> {
    return this.#ask('GET', path, fields, null);
  }

  submit(path: string, form: FormValues, fields: Record<string, string> = {}): Promise<WebPage> {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const pairs = Object.entries(form).flatMap(([name, value]) =>
      [value].flat().map((one): [string, string] => [name, one]),
    );
    return this.#ask('POST', path, { ...type, ...fields }, new URLSearchParams(pairs).toString());
  }

  /** A form as a browser sends it that has files in it. */
  upload(path: string, form: FormValues, files: readonly Upload[] = []): Promise<WebPage> {
    const pieces: Uint8Array[] = [];
    const add = (text: string) => pieces.push(Buffer.from(text, 'utf8'));
    for (const [name, value] of Object.entries(form)) {
      for (const one of [value].flat())
        add(`--edge\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${one}\r\n`);
    }
    for (const { filename, type, content } of files) {
      const escaped = filename.replace(/"/g, '%22').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
      add(
        `--edge\r\nContent-Disposition: form-data; name="file"; filename="${escaped}"\r\nContent-Type: ${type}\r\n\r\n`,
      );
      pieces.push(content);
      add('\r\n');
    }
    add('--edge--\r\n');
    return this.#ask('POST', path, { 'content-type': 'multipart/form-data; boundary=edge' }, Buffer.concat(pieces));
  }

  async logIn({ user, password }: { user: string; password: string } = ALICE): Promise<WebPage> {
    return this.submit('/login', { user, password });
  }

  /** The token of the forms. */
  async token(): Promise<string> {
    return hidden((await this.open('/compose')).html, 'token');
  }

  /** Writes and sends a letter. */
  async send(letter: FormValues, files: readonly Upload[] = []): Promise<WebPage> {
    return this.upload('/compose', { token: await this.token(), act: 'send', ...letter }, files);
  }

  /** Acts on messages of a folder, as a button of its list does. */
  async change(folder: string, values: FormValues): Promise<WebPage> {
    const path = `/folder/${encodeURIComponent(folder)}`;
    const { html } = await this.open(path);
    const form = { token: hidden(html, 'token'), uidValidity: hidden(html, 'uidValidity') };
    return this.submit(`${path}/change`, { ...form, ...values });
  }

  #ask(
    method: string,
    path: string,
    fields: Record<string, string>,
    body: string | Uint8Array | null,
  ): Promise<WebPage> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = {
      host: this.#host,
      ...(cookie === '' ? {} : { cookie }),
      ...(body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      ...fields,
    };
    return new Promise((resolve, reject) => {
      const asking = request({ host: this.#address, port: 80, method, path, headers, agent: false }, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          for (const set of response.headers['set-cookie'] ?? []) {
            const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
            this.#cookies.set(name, value);
          }
          const octets = Buffer.concat(pieces);
          resolve({
            status: response.statusCode ?? 0,
            fields: response.headers,
            octets,
            html: octets.toString('utf8'),
          });
        });
      });
      asking.on('error', reject);
      asking.end(body ?? undefined);
    });
  }
}

/** The value of a hidden field, or of another input, of a page. */
export function hidden(html: string, name: string): string {
  const value = new RegExp(`name="${name}"(?: type="search")? value="([^"]*)"`).exec(html)?.[1] ?? '';
  return value.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}

/** The UIDs that a list shows, in its order. */
export function listed(html: string): number[] {
  return [...html.matchAll(/data-uid="(\d+)"/g)].map(([, uid]) => Number(uid));
}
