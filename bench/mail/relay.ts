import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Server, startOurs, untilListening } from '../processes.ts';
import { inTurns } from './comparison.ts';
import { ourMaildir, startOurMail } from './our-mail.ts';
import { SMTP_PORT, startPostfix } from './postfix.ts';
import { printBurst } from './receipt.ts';
import { type Receiver, type SmtpBurst, sendBurst } from './smtp-load.ts';
import type { Surroundings } from './surroundings.ts';

const FIRST = 'crepes.fr';
const SECOND = 'hamburger.edu';
const DNS_PORT = 53;

/** Two servers one after the other: the first forwards what it takes for an alias to the second, which delivers it. */
export async function benchRelay({ folder, net, environment, size }: Surroundings): Promise<void> {
  const accounts = ['warm', ...Array.from({ length: size.rounds }, (_, round) => `round${round}`)];
  const burst: SmtpBurst = { messages: size.messages / 2, octets: 4_096, sessions: 10 };
  const servers: Server[] = [];
  try {
    const ours = await startOurPair(join(folder, 'ours'), net, environment, accounts, servers);
    const postfix = startPostfixPair(join(folder, 'postfix'), net, accounts, servers);
    await Promise.all(servers.map(untilListening));
    const receivers = [ours, postfix];
    for (const receiver of receivers) await sendBurst(receiver, 'warm', { ...burst, messages: burst.messages / 4 });
    const results = await inTurns(receivers, size.rounds, (receiver, round) =>
      sendBurst(receiver, accounts[round + 1]!, burst),
    );
    printBurst(
      `Relayed by one server to a second, 4 KiB, 10 sessions, ${burst.messages} messages a round`,
      results,
      burst,
      null,
    );
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function startOurPair(
  folder: string,
  net: string,
  environment: Surroundings['environment'],
  accounts: readonly string[],
  servers: Server[],
): Promise<Receiver> {
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  const [address, nextAddress] = [`${net}.2.1`, `${net}.2.2`];
  const zones = join(folder, 'names', 'zones');
  mkdirSync(zones, { recursive: true });
  const zone = `$TTL 3600\n@ SOA mail postmaster 1 3600 900 604800 5\n@ NS mail\n@ MX 10 mail\nmail A ${nextAddress}\n`;
  writeFileSync(join(zones, `${SECOND}.zone`), zone);
  const names = { program: 'authoritative', address, port: DNS_PORT, folder: join(folder, 'names'), environment };
  servers.push(await startOurs('names', names));
  const given = { password: 'unused', environment };
  const aliases = accounts.map((account) => `${account}: ${account}@${SECOND}\n`).join('');
  const server = await startOurMail('ours', {
    ...given,
    folder: first,
    address,
    domain: FIRST,
    accounts: ['staff'],
    aliases,
  });
  servers.push(server);
  const next = await startOurMail('ours, second', {
    ...given,
    folder: second,
    address: nextAddress,
    domain: SECOND,
    accounts,
  });
  servers.push(next);
  return {
    name: 'ours',
    server,
    servers: [server, next],
    domain: FIRST,
    maildirOf: (account) => ourMaildir(second, account),
  };
}

function startPostfixPair(folder: string, net: string, accounts: readonly string[], servers: Server[]): Receiver {
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  const nextAddress = `${net}.2.4`;
  const aliases = accounts.map((account) => `{ ${account}@${FIRST} = ${account}@${SECOND} }`).join(', ');
  const settings = [`virtual_alias_maps = inline:{ ${aliases} }`, `relayhost = [${nextAddress}]:${SMTP_PORT}`];
  const server = startPostfix('Postfix', { folder: first, address: `${net}.2.3`, domain: FIRST, accounts, settings });
  servers.push(server);
  const next = startPostfix('Postfix, second', { folder: second, address: nextAddress, domain: SECOND, accounts });
  servers.push(next);
  return {
    name: 'Postfix',
    server,
    servers: [server, next],
    domain: FIRST,
    maildirOf: (account) => join(second, 'mail', account),
  };
}
