import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { formText, parseFormData } from '../../protocol/form-data.ts';

export interface WebFile {
  readonly filename: string;
  readonly type: string;
  readonly content: Uint8Array;
}

/** What a form carried. */
export class WebForm {
  readonly #values: readonly (readonly [name: string, value: string])[];
  readonly files: readonly WebFile[];

  constructor(values: readonly (readonly [name: string, value: string])[], files: readonly WebFile[] = []) {
    this.#values = values;
    this.files = files;
  }

  /** The first value of that name; '' when there is none. */
  get(name: string): string {
    return this.#values.find(([one]) => one === name)?.[1] ?? '';
  }

  /** Tells this form from all others, files included. */
  digest(): string {
    const hash = createHash('sha256').update(JSON.stringify(this.#values));
    for (const { filename, content } of this.files)
      hash.update(JSON.stringify([filename, content.length])).update(content);
    return hash.digest('base64url');
  }

  all(name: string): string[] {
    return this.#values.flatMap(([one, value]) => (one === name ? [value] : []));
  }
}

const EMPTY = new WebForm([]);

/** Fields of a form without files: the UIDs of a page of messages, and what goes with them. */
const FIELDS_MAX = 1_000;

/** Reads forms in the two ways that a browser sends them. */
export function acceptForms(app: FastifyInstance): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, new WebForm([...new URLSearchParams(String(body))].slice(0, FIELDS_MAX)));
  });
  app.addContentTypeParser('multipart/form-data', { parseAs: 'buffer' }, (request, body, done) => {
    const parts = parseFormData(body as Buffer, request.headers['content-type'] ?? '') ?? [];
    const values = parts.flatMap(({ name, filename, content }) =>
      filename === null ? [[name, formText(content)] as const] : [],
    );
    // A browser sends a file without name and content where none was chosen.
    const files = parts.flatMap(({ filename, type, content }) => (filename ? [{ filename, type, content }] : []));
    done(null, new WebForm(values, files));
  });
}

export function formOf(request: FastifyRequest): WebForm {
  return request.body instanceof WebForm ? request.body : EMPTY;
}
