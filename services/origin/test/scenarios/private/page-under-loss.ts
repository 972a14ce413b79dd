/**
 * Runs in a network of its own (private-network.ts): a browser loads the album of the school, then again while every twentieth
 * packet is lost. Prints a `PageUnderLoss`.
 */
import { createHash } from 'node:crypto';
import { losePackets, segmentsRepeated } from '#shared/host/test/kit/lose-packets.ts';
import { createTestHost, startOn } from '#shared/host/test-host.ts';
import { RawClient, type RawResponse } from '#shared/http/test/raw-client.ts';
import { program } from '../../../src/program.ts';

export interface PageUnderLoss {
  readonly undisturbed: Loaded;
  readonly underLoss: Loaded;
  readonly packetsLost: number;
  /** Segments that TCP sent again meanwhile. */
  readonly segmentsRepeated: number;
}

interface Loaded {
  /** SHA-256 of each object, the page first. */
  readonly objects: readonly string[];
  /** What was asked, and the head of what was answered, less what names the moment. */
  readonly transcript: readonly string[];
}

const DIR = new URL('../../../../../infra/hosts/www-someschool', import.meta.url).pathname;
const PAGE = '/album/';
/** A twentieth: the five in a hundred of WEB-10. */
const EVERY = 20;

const host = createTestHost({ name: 'www-someschool', suffix: '10.9', dir: DIR });
const running = await startOn(program, host);
const undisturbed = await loadPage();
const before = segmentsRepeated();
const stopLosing = losePackets(EVERY, '-p', 'tcp');
const underLoss = await loadPage();
const packetsLost = stopLosing();
const report: PageUnderLoss = { undisturbed, underLoss, packetsLost, segmentsRepeated: segmentsRepeated() - before };
process.stdout.write(JSON.stringify(report));
await running.stop();
await host.remove();

/** Loads the page and all that it shows, over one connection. */
async function loadPage(): Promise<Loaded> {
  const client = await RawClient.open(host.address, 80);
  const transcript: string[] = [];
  const fetch = async (path: string): Promise<RawResponse> => {
    const request = `GET ${path} HTTP/1.1\r\nHost: www.someschool.edu\r\n\r\n`;
    client.send(request);
    const response = await client.response();
    transcript.push(request, response.head.replace(/^Date: .*\r\n/im, ''));
    return response;
  };
  const page = await fetch(PAGE);
  const bodies = [page.body];
  for (const [, object] of page.body.toString().matchAll(/src="([^"]+)"/g)) {
    const { pathname } = new URL(object!, `http://www.someschool.edu${PAGE}`);
    bodies.push((await fetch(pathname)).body);
  }
  client.destroy();
  return { objects: bodies.map((octets) => createHash('sha256').update(octets).digest('hex')), transcript };
}
