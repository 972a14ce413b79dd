import type { Config } from '../config.ts';
import type { SwarmPolicy } from '../protocol/policy.ts';

/** What the configuration chooses for every torrent, until somebody chooses otherwise. */
export function policyOf(config: Config): SwarmPolicy {
  return {
    pickPolicy: config.PICK_POLICY,
    chokePolicy: config.CHOKE_POLICY,
    seedPolicy: config.SEED_POLICY,
    superSeeds: config.SUPER_SEED,
    suggests: config.SUGGEST,
    uploadSlots: config.UPLOAD_SLOTS,
  };
}
