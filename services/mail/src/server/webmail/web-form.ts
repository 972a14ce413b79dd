import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type FormPartHead, formText, openFormReader } from '../../protocol/form-data.ts';
import { joinOctets } from '../../protocol/octets.ts';
import { FormFiles, type WebFile } from './form-files.ts';

type Values = readonly (readonly [name: string, value: string])[];

/** What a form carried. */
export class WebForm {
  readonly #values: Values;
  readonly #spool: FormFiles | null;
  readonly files: readonly WebFile[];

  constructor(values: Values, files: readonly WebFile[] = [], spool: FormFiles | null = null) {
    this.#values = values;
    this.files = files;
    this.#spool = spool;
  }

  /** The first value of that name; '' when there is none. */
  get(name: string): string {
    return this.#values.find(([one]) => one === name)?.[1] ?? '';
  }

  /** Tells this form from all others, files included. */
  digest(): string {
    const files = this.files.map(({ filename, octets, digest }) => [filename, octets, digest]);
    return createHash('sha256')
      .update(JSON.stringify([this.#values, files]))
      .digest('base64url');
  }

  all(name: string): string[] {
    return this.#values.flatMap(([one, value]) => (one === name ? [value] : []));
  }

  /** Its files are gone then. */
  async close(): Promise<void> {
    await this.#spool?.close();
  }
}

const EMPTY = new WebForm([]);

/** Fields of a form without files: the UIDs of a page of messages, and what goes with them. */
const FIELDS_MAX = 1_000;

export interface FormLimits {
  /** Octets of a form with its files. */
  readonly octetsMax: number;
  /** Octets of what of it is no file, which is held in memory. */
  readonly fieldOctetsMax: number;
  /** Where its files lie meanwhile. */
  readonly folder: string;
}

/** Reads forms in the two ways that a browser sends them. */
export function acceptForms(app: FastifyInstance, limits: FormLimits): void {
  const encoded = { parseAs: 'string', bodyLimit: limits.fieldOctetsMax } as const;
  app.addContentTypeParser('application/x-www-form-urlencoded', encoded, (_request, body, done) => {
    done(null, new WebForm([...new URLSearchParams(String(body))].slice(0, FIELDS_MAX)));
  });
  app.addContentTypeParser('multipart/form-data', (_request: FastifyRequest, payload: IncomingMessage) =>
    readForm(payload, limits),
  );
}

export function formOf(request: FastifyRequest): WebForm {
  return request.body instanceof WebForm ? request.body : EMPTY;
}

/** What was read of a part so far: a file goes to the disk while it comes. */
interface OpenPart {
  add(octets: Uint8Array): Promise<void> | void;
  end(): void;
}

/** Reads a form with files while it comes. @throws TooLarge */
async function readForm(request: IncomingMessage, { octetsMax, fieldOctetsMax, folder }: FormLimits): Promise<WebForm> {
  if (Number(request.headers['content-length'] ?? 0) > octetsMax) throw new TooLarge();
  const reader = openFormReader(request.headers['content-type'] ?? '');
  const spool = new FormFiles(folder);
  const values: (readonly [string, string])[] = [];
  const files: WebFile[] = [];
  let fieldOctets = 0;
  let part: OpenPart | null = null;
  const openPart = ({ name, filename, type }: FormPartHead): OpenPart | null => {
    if (filename !== null) {
      // A browser sends a file without name and content where none was chosen.
      if (filename === '') return null;
      const file = spool.begin(filename, type);
      return { add: file.add, end: () => files.push(file.end()) };
    }
    const pieces: Uint8Array[] = [];
    const add = (octets: Uint8Array) => {
      fieldOctets += octets.length;
      if (fieldOctets > fieldOctetsMax) throw new TooLarge();
      pieces.push(octets);
    };
    return { add, end: () => values.push([name, formText(joinOctets(pieces))]) };
  };
  try {
    let octets = 0;
    // The connection stays: who sent too much is told so.
    for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      octets += piece.length;
      if (octets > octetsMax) throw new TooLarge();
      for (const event of reader?.push(piece) ?? []) {
        if (event.kind === 'part') part = openPart(event.head);
        else if (event.kind === 'octets') await part?.add(event.octets);
        else part?.end();
      }
    }
    return new WebForm(values, files, spool);
  } catch (error) {
    await spool.close();
    // A browser that went away in the middle is no fault of ours.
    throw request.errored === error ? Object.assign(error as Error, { statusCode: 400 }) : error;
  }
}

/** A form that is larger than may be. */
class TooLarge extends Error {
  readonly statusCode = 413;
}
