import { type CheckedRequest, replayOf, type Seal } from '#shared/dns/tsig.ts';
import type { DnsRequest } from '#shared/host/dns/request.ts';
import { tsigHmac } from '#shared/host/dns/tsig-hmac.ts';
import { formatEndpoint } from '#shared/report.ts';
import { Replays } from '../protocol/replays.ts';
import type { Reaction } from '../protocol/respond.ts';
import type { Signature } from '../store/journal-text.ts';
import { nowS } from './signatures.ts';
import type { UpdateResult, Updates } from './updates.ts';

type Signed = Extract<CheckedRequest, { kind: 'signed' }>;
type Wanted = Extract<Reaction, { kind: 'update' }>;

/** What an update came to, and what closes the answer. */
interface Answered extends UpdateResult {
  readonly seal: Seal | null;
}

/** Does signed updates once each: a retransmission gets the answer of the first, and a replay is refused. */
export class SignedUpdates {
  readonly #updates: Updates;
  readonly #replays = new Replays<Promise<UpdateResult>>();

  constructor(updates: Updates) {
    this.#updates = updates;
  }

  /** Signatures of updates that an earlier run of the program has done. */
  load(signatures: readonly Signature[]): void {
    for (const signature of signatures) this.#replays.remember(signature, null, null, nowS());
  }

  async answer({ octets, client }: DnsRequest, { origin, update, rights }: Wanted, checked: Signed): Promise<Answered> {
    const { key, timeSigned, fudge, seal } = checked;
    const signature = { key: key.name, timeSigned, fudge, mac: checked.mac.toHex() };
    const recall = this.#replays.recall(signature, formatEndpoint(client));
    switch (recall.kind) {
      case 'again':
        return { ...(await recall.answer), seal };
      case 'replay':
        return replayOf(octets, key, tsigHmac, recall.because);
      case 'new': {
        const result = this.#updates.submit(origin, { update, rights, signature });
        this.#replays.remember(signature, formatEndpoint(client), result, nowS());
        return { ...(await result), seal };
      }
    }
  }
}
