/** The field's own servers, with one process or thread each where nothing else is said, and no limits of rates. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Server, startDaemon } from '../processes.ts';

/** BIND listens on addresses of interfaces only: on loopback that is this one. */
const NAMED_ADDRESS = '127.0.0.1';
const NAMED_PORTS = { authoritative: 15_362, resolver: 15_363 };

/** A zone in a file: its name without the final full stop (`.` is the root) and where it is. */
export interface ZoneOnDisk {
  readonly name: string;
  readonly path: string;
}

/** @param count processes that answer */
export function startNsd(folder: string, address: string, zones: readonly ZoneOnDisk[], count = 1): Server {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'nsd.conf');
  const server = `server:
  ip-address: ${address}
  port: 53
  server-count: ${count}
  reuseport: ${count > 1 ? 'yes' : 'no'}
  username: ""
  zonesdir: "${folder}"
  database: ""
  pidfile: "${folder}/nsd.pid"
  xfrdfile: "${folder}/xfrd.state"
  xfrdir: "${folder}"
  zonelistfile: "${folder}/zone.list"
  rrl-ratelimit: 0
  minimal-responses: yes
remote-control:
  control-enable: no
`;
  writeFileSync(
    path,
    server + zones.map((zone) => `zone:\n  name: "${zone.name}"\n  zonefile: "${zone.path}"\n`).join(''),
  );
  return startDaemon(count === 1 ? 'NSD' : `NSD, ${count} processes`, ['nsd', '-d', '-c', path], address, 53);
}

export function startNamedAuthoritative(folder: string, zones: readonly ZoneOnDisk[]): Server {
  const blocks = zones.map((zone) => `zone "${zone.name}" { type primary; file "${zone.path}"; };\n`).join('');
  return startNamed(folder, NAMED_PORTS.authoritative, `recursion no; minimal-responses yes; ${NO_EXTRAS}`, blocks);
}

export function startNamedResolver(folder: string, rootHints: string): Server {
  const options = `recursion yes; allow-recursion { any; }; dnssec-validation no; empty-zones-enable no; ${NO_EXTRAS}`;
  return startNamed(folder, NAMED_PORTS.resolver, options, `zone "." { type hint; file "${rootHints}"; };\n`);
}

const NO_EXTRAS = 'notify no; send-cookie no; answer-cookie no; querylog no;';

function startNamed(folder: string, port: number, options: string, zones: string): Server {
  mkdirSync(join(folder, 'keys'), { recursive: true });
  const path = join(folder, 'named.conf');
  writeFileSync(
    path,
    `options { directory "${folder}"; pid-file none; session-keyfile "${folder}/session.key"; managed-keys-directory "${folder}/keys";
  listen-on port ${port} { ${NAMED_ADDRESS}; }; listen-on-v6 { none; }; ${options} };
controls {};
logging { category default { null; }; category queries { null; }; };
${zones}`,
  );
  return startDaemon('BIND', ['named', '-f', '-n', '1', '-U', '1', '-c', path], NAMED_ADDRESS, port);
}

export function startUnbound(folder: string, address: string, rootHints: string): Server {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'unbound.conf');
  writeFileSync(
    path,
    `server:
  interface: ${address}
  port: 53
  outgoing-interface: ${address}
  num-threads: 1
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: ""
  use-syslog: no
  logfile: "${folder}/log"
  do-daemonize: no
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 allow
  root-hints: "${rootHints}"
  module-config: "iterator"
  minimal-responses: yes
  so-rcvbuf: 1m
  outgoing-range: 512
remote-control:
  control-enable: no
`,
  );
  return startDaemon('Unbound', ['unbound', '-d', '-c', path], address, 53);
}
