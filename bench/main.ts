/** npm run bench -- NAME: the figures of the lab, measured on this machine. */
import { benchDns } from './dns.ts';
import { benchDnsFuzz } from './dns-fuzz.ts';
import { benchHttp } from './http.ts';
import { benchHttpFuzz } from './http-fuzz.ts';
import { benchMail } from './mail.ts';
import { benchMailFuzz } from './mail-fuzz.ts';
import { inOwnNetwork } from './own-network.ts';
import { benchP2p } from './p2p.ts';
import { benchP2pFuzz } from './p2p-fuzz.ts';
import { benchStart } from './start.ts';

const benches: Readonly<Record<string, () => Promise<void>>> = {
  dns: () => inOwnNetwork(benchDns),
  'dns-fuzz': () => inOwnNetwork(benchDnsFuzz),
  http: () => inOwnNetwork(benchHttp),
  'http-fuzz': () => inOwnNetwork(benchHttpFuzz),
  mail: () => inOwnNetwork(benchMail),
  'mail-fuzz': () => inOwnNetwork(benchMailFuzz),
  p2p: () => inOwnNetwork(benchP2p),
  'p2p-fuzz': () => inOwnNetwork(benchP2pFuzz),
  start: benchStart,
};

const [name = ''] = process.argv.slice(2);
const chosen = benches[name];
if (chosen === undefined) {
  process.stderr.write(`npm run bench -- NAME, where NAME is one of: ${Object.keys(benches).join(', ')}\n`);
  process.exitCode = 1;
} else {
  await chosen();
}
