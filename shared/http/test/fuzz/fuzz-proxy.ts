/**
 * Hostile messages through a proxy, from both sides. Two readers that know nothing of the proxy's code say what a client framed and
 * what reached the origin, and they must say the same: else somebody could hide a request in another one (request smuggling),
 * or get the answer that is meant for somebody else.
 */

import { connect, type Socket } from 'node:net';
import type { Endpoint } from '../../../report.ts';
import { Conversation } from './conversation.ts';
import { type FuzzCase, fuzzCase } from './fuzz-case.ts';
import { type Finding, Judge, judgeAnswers } from './judge.ts';
import { Random } from './random.ts';
import { CANARY_PREFIX, MUTATED_PREFIX, StrictOrigin } from './strict-origin.ts';

/** How often a sensible request is asked again before the proxy counts as dead. */
const CANARIES_MAX = 4;
const CASES_BETWEEN_CANARIES = 50;
/** Addresses that connections are made from in turn: the ports of one are soon all waiting. */
const NEIGHBOURS = 250;
/** Findings after which a run ends: more would say the same. */
const FINDINGS_MAX = 200;

export interface FuzzRun {
  readonly proxy: Endpoint;
  /** Names and addresses of the origin, as clients are to call it. */
  readonly origins: readonly { readonly authority: string; readonly address: string }[];
  /** An address of the net that clients come from. */
  readonly from: string;
  /** Clients at once. */
  readonly lanes: number;
  /** How long a request that was framed well may be without an answer, in milliseconds. */
  readonly answerMsMax: number;
}

export interface Fuzzed {
  cases: number;
  requests: number;
  answers: number;
  originRequests: number;
  canaries: number;
  readonly findings: readonly Finding[];
}

export class ProxyFuzz {
  readonly #run: FuzzRun;
  readonly #judge = new Judge();
  readonly #origin: StrictOrigin;
  /** What has come of all runs. */
  readonly fuzzed: Fuzzed;
  #clients = 0;

  private constructor(run: FuzzRun) {
    this.#run = run;
    this.fuzzed = {
      cases: 0,
      requests: 0,
      answers: 0,
      originRequests: 0,
      canaries: 0,
      findings: this.#judge.findings,
    };
    this.#origin = new StrictOrigin({
      seen: (request) => {
        this.fuzzed.originRequests += 1;
        if (!request.path.startsWith(CANARY_PREFIX)) this.#judge.seen(request);
      },
      wrong: (because, octets) => this.#judge.wrong(because, octets),
    });
  }

  static async open(run: FuzzRun): Promise<ProxyFuzz> {
    const fuzz = new ProxyFuzz(run);
    const addresses = new Set(run.origins.map(({ address }) => address));
    for (const address of addresses) await fuzz.#origin.listen(address, 80);
    return fuzz;
  }

  /** The origin's connections that are open. */
  get connections(): number {
    return this.#origin.connections;
  }

  /** Runs cases until so many requests and answers have gone through the proxy. @throws Error when a canary is not answered */
  async run(messages: number, seed: number): Promise<Fuzzed> {
    const random = new Random(seed);
    const { fuzzed } = this;
    const until = fuzzed.requests + fuzzed.originRequests + messages;
    const isDone = () =>
      fuzzed.requests + fuzzed.originRequests >= until || this.#judge.findings.length >= FINDINGS_MAX;
    const lane = async () => {
      for (let left = 0; !isDone(); left -= 1) {
        if (left === 0) {
          await this.#canary(fuzzed.cases);
          left = CASES_BETWEEN_CANARIES;
        }
        await this.replay(random.below(0x1_0000_0000));
      }
    };
    await Promise.all(Array.from({ length: this.#run.lanes }, lane));
    return fuzzed;
  }

  /** Runs the case of one seed. */
  async replay(seed: number): Promise<Fuzzed> {
    const one = fuzzCase(
      seed,
      this.#run.origins.map(({ authority }) => authority),
    );
    const times = one.hasTwin ? 2 : 1;
    this.#judge.begin(one, times);
    this.fuzzed.cases += 1;
    await Promise.all(Array.from({ length: times }, () => this.#converse(one)));
    return this.fuzzed;
  }

  close(): Promise<void> {
    return this.#origin.close();
  }

  async #converse(one: FuzzCase): Promise<void> {
    const socket = this.#connect();
    const conversation = new Conversation(socket, one, this.#run.answerMsMax, (text, ended) =>
      judgeAnswers(text, one, ended, (path) => this.#origin.saidTo(path)),
    );
    const { answers, text, isInTime } = await conversation.end();
    const { requests } = one.framed;
    this.fuzzed.requests += requests.length + (one.framed.rest === 'nothing' ? 0 : 1);
    this.fuzzed.answers += answers.whole;
    const path = requests[answers.whole]?.path ?? '';
    const octets = {
      'the client sent': one.pieces.join('‖'),
      'the client got': text,
      [`the origin said to ${path}`]: this.#origin
        .saidTo(path)
        .map(({ octets }) => octets)
        .join('\n---\n'),
    };
    const fault =
      answers.fault ??
      (isInTime
        ? null
        : { kind: 'no answer', because: `${answers.whole} of ${requests.length} requests were answered` });
    if (fault !== null) this.#judge.find(fault.kind, fault.because, [one.seed], octets);
    else if (
      one.isGood &&
      !path.startsWith(MUTATED_PREFIX) &&
      !one.leaves &&
      answers.whole < requests.length &&
      !answers.ends &&
      text === ''
    )
      this.#judge.find('refused request', 'good requests were not answered at all', [one.seed], octets);
  }

  /** A sensible request, which must be answered whatever else goes on; a machine that is busy may take several. */
  async #canary(number: number): Promise<void> {
    const { authority } = this.#run.origins[0]!;
    const path = `${CANARY_PREFIX}/${number}`;
    let text = '';
    for (let left = CANARIES_MAX; left > 0; left -= 1) {
      text = await this.#ask(
        `GET http://${authority}${path} HTTP/1.1\r\nHost: ${authority}\r\nConnection: close\r\n\r\n`,
      );
      this.fuzzed.canaries += 1;
      if (text.startsWith('HTTP/1.1 200 ') && text.endsWith(`\r\n\r\n${path}`)) return;
    }
    throw new Error(`The proxy does not answer a sensible request, but: ${JSON.stringify(text)}`);
  }

  #ask(request: string): Promise<string> {
    const socket = this.#connect();
    return new Promise((resolve) => {
      let got = '';
      socket.setTimeout(this.#run.answerMsMax, () => socket.destroy());
      socket.on('data', (octets: Buffer) => {
        got += octets.toString('latin1');
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(got));
      socket.write(request);
    });
  }

  #connect(): Socket {
    const { proxy, from } = this.#run;
    const localAddress = `${from.slice(0, from.lastIndexOf('.'))}.${1 + (this.#clients++ % NEIGHBOURS)}`;
    return connect({ host: proxy.address, port: proxy.port, localAddress, noDelay: true });
  }
}
