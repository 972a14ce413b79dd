import { isLabClient } from '#shared/dns/lab-client.ts';
import type { Message } from '#shared/dns/message.ts';
import type { Name } from '#shared/dns/name.ts';
import { TYPE } from '#shared/dns/registry.ts';
import { type CheckedRequest, checkRequest } from '#shared/dns/tsig.ts';
import type { DnsRequest } from '#shared/host/dns/request.ts';
import { tsigHmac } from '#shared/host/dns/tsig-hmac.ts';
import { Rights } from '../protocol/update-policy.ts';
import type { Access } from '../store/keys.ts';

/** The machine's time in seconds since 1970: the lab's clock may be months ahead, and a client need not share it. */
export const nowS = (): number => Math.floor(Date.now() / 1000);

/** Who a query comes from, as far as it is signed, and what that one may do. */
export class Signatures {
  readonly #access: Access;
  readonly #net: string;

  constructor(access: Access, net: string) {
    this.#access = access;
    this.#net = net;
  }

  check(request: DnsRequest): CheckedRequest {
    if (request.violation !== null || !hasTsig(request.query)) return { kind: 'unsigned' };
    return checkRequest(request.octets, this.#access.keys, nowS(), tsigHmac);
  }

  readonly rightsOf = (zone: Name, key: Name): Rights => new Rights(this.#access.policy, zone, key);

  /** Whole zones are for the hosts of the lab, and for keys that the policy gives them to. */
  mayTransfer({ query, client }: DnsRequest, checked: CheckedRequest): boolean {
    if (isLabClient(client.address, this.#net)) return true;
    const zone = query.question[0]?.qname;
    return checked.kind === 'signed' && zone !== undefined && this.rightsOf(zone, checked.key.name).mayTransfer;
  }
}

function hasTsig({ answer, authority, additional }: Message): boolean {
  return [additional, authority, answer].some((section) => section.some(({ type }) => type === TYPE.TSIG));
}
