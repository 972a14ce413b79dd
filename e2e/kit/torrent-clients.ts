import { qbittorrentConfiguration } from '#shared/bittorrent/test/kit/qbittorrent.ts';
import { lab } from './lab-under-test.ts';
import { CLIENT_S_MAX, runCommand } from './run-command.ts';
import { onWorkstation } from './workstation.ts';

/** Where a client listens, on the workstation. */
export interface Corner {
  readonly address: string;
  readonly port: number;
}

/**
 * The corner `nth` of the workstation: in containers it has one address and every client a port; where the lab is embedded every
 * client has an address too, for some take one peer from each address only.
 */
export function corner(nth: number): Corner {
  const host = lab.form === 'containers' ? 1 : 20 + nth;
  return { address: `${lab.net}.100.${host}`, port: 6890 + nth };
}

/** A client of the field: what the shell has to run in its folder, where `t.torrent` is, to share what lies there. */
export interface TorrentClient {
  readonly name: string;
  /** A command of the shell that succeeds where it is installed. */
  readonly isThere: string;
  /**
   * Lines of the shell that start it in the background, with its process in $client. `magnet` is a client that begins with the
   * link in the file `magnet` and has no .torrent file.
   */
  start(corner: Corner, part: 'leech' | 'seed' | 'magnet', announce: 'http' | 'udp'): string;
}

const PYTHON = '/usr/bin/python3';
/** Peers of the lab are on private addresses: libtorrent would never choke them, and give them its first octets at once. */
const LIBTORRENT = `
import sys, time
import libtorrent as lt
address, port, part = sys.argv[1:]
session = lt.session({
    'listen_interfaces': f'{address}:{port}', 'outgoing_interfaces': address, 'allow_multiple_connections_per_ip': True,
    'enable_dht': False, 'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False,
    'enable_incoming_utp': False, 'enable_outgoing_utp': False,
})
everybody = lt.ip_filter()
everybody.add_rule('0.0.0.0', '255.255.255.255', 1 << lt.session.global_peer_class_id)
session.set_peer_class_filter(everybody)
parameters = lt.add_torrent_params()
if part == 'magnet':
    parameters = lt.parse_magnet_uri(open('magnet').read())
else:
    parameters.ti = lt.torrent_info('t.torrent')
parameters.save_path = '.'
parameters.flags &= ~(lt.torrent_flags.paused | lt.torrent_flags.auto_managed)
handle = session.add_torrent(parameters)
while True:
    time.sleep(1)
`;

const aria2: TorrentClient = {
  name: 'aria2',
  isThere: 'command -v aria2c',
  start: ({ address, port }, part, announce) => {
    // Without its DHT aria2 never announces over UDP.
    const udp =
      announce === 'udp' ? `--enable-dht=true --dht-listen-port=${port} --dht-file-path=dht` : '--enable-dht=false';
    const unverified =
      part === 'seed' ? '--bt-seed-unverified=true --check-integrity=false --allow-overwrite=true' : '';
    // Its own resolver does not ask where there is no address but those of loopback.
    return `aria2c --no-conf --quiet --async-dns=false --interface=${address} --listen-port=${port} ${udp} --enable-dht6=false --bt-enable-lpd=false \
--disable-ipv6=true --dir=. --file-allocation=none --seed-ratio=0.0 ${unverified} t.torrent & client=$!`;
  },
};

const libtorrent: TorrentClient = {
  name: 'libtorrent',
  isThere: `${PYTHON} -c 'import libtorrent'`,
  start: ({ address, port }, part) =>
    `echo ${Buffer.from(LIBTORRENT).toString('base64')} | base64 -d >client.py; ${PYTHON} client.py ${address} ${port} ${part} & client=$!`,
};

const qbittorrent: TorrentClient = {
  name: 'qBittorrent',
  isThere: 'command -v qbittorrent-nox',
  start: ({ address, port }, part) => {
    const web = port + 11_000;
    const configuration = qbittorrentConfiguration({
      networkInterface: lab.form === 'containers' ? 'eth0' : 'lo',
      ...{ address, port, webPort: web },
      commandedFrom: [`${address}/32`, '127.0.0.0/8'],
    });
    return `mkdir -p q/qBittorrent/config
echo ${Buffer.from(configuration).toString('base64')} | base64 -d >q/qBittorrent/config/qBittorrent.conf
qbittorrent-nox --profile=$PWD/q >q.log 2>&1 & client=$!
until curl -fsS --noproxy '*' -F torrents=@t.torrent -F savepath=$PWD -F skip_checking=${part === 'seed'} http://${address}:${web}/api/v2/torrents/add >add.log 2>&1; do
kill -0 $client; sleep 0.2; done`;
  },
};

const rtorrent: TorrentClient = {
  name: 'rtorrent',
  isThere: 'command -v rtorrent',
  start: ({ address, port }, _part, announce) => {
    const lines = `network.bind_address.set = ${address}
network.local_address.set = ${address}
network.port_range.set = ${port}-${port}
network.port_random.set = no
dht.mode.set = disable
trackers.use_udp.set = ${announce === 'udp' ? 'yes' : 'no'}
directory.default.set = HERE
session.path.set = HERE/session
system.daemon.set = true
schedule2 = begin,0,0,((load.start,HERE/t.torrent))
`;
    return `mkdir session; echo ${Buffer.from(lines).toString('base64')} | base64 -d | sed "s#HERE#$PWD#" >rc
rtorrent -n -o import=$PWD/rc >rtorrent.log 2>&1 & client=$!`;
  },
};

const transmission: TorrentClient = {
  name: 'Transmission',
  isThere: 'command -v transmission-cli',
  start: ({ address, port }, part) => {
    const settings = {
      'bind-address-ipv4': address,
      'dht-enabled': false,
      'lpd-enabled': false,
      'utp-enabled': false,
      'port-forwarding-enabled': false,
    };
    return `mkdir g; echo ${Buffer.from(JSON.stringify(settings)).toString('base64')} | base64 -d >g/settings.json
transmission-cli -g g -w . -p ${port} -M ${part === 'seed' ? '-v' : ''} t.torrent >transmission.log 2>&1 & client=$!`;
  },
};

export const TORRENT_CLIENTS = { aria2, libtorrent, qbittorrent, rtorrent, transmission } as const;

/** The tools that make torrents, and a tracker of the field. */
export const MKTORRENT = 'command -v mktorrent';
export const OPENTRACKER = 'command -v opentracker';

/** Whether all of these are on the workstation: its image has them, this machine perhaps not. */
export async function areThere(...commands: readonly string[]): Promise<boolean> {
  if (lab.form === 'containers') return true;
  return runCommand(['bash', '-c', commands.join(' && ')], '').then(
    () => true,
    () => false,
  );
}

/**
 * Runs lines of the shell on the workstation in the folder /tmp/NAME, new and removed afterwards, until they end: `files` lie there
 * in base64. What they have started ends with them.
 */
export function inFolder(name: string, files: Readonly<Record<string, string>>, script: string): Promise<string> {
  const written = Object.entries({ ...files, 'run.sh': Buffer.from(script).toString('base64') }).map(
    ([file, base64]) => `echo ${base64} | base64 -d > ${file}`,
  );
  const outer = [
    'set -eu',
    `home=/tmp/${name}`,
    'rm -rf $home; mkdir $home; cd $home',
    "trap 'kill -9 $(cat $home/started 2>/dev/null) 2>/dev/null || :; rm -rf $home' EXIT",
    ...written,
    `HOME=$home timeout ${CLIENT_S_MAX} sh -eu run.sh 2>&1 || { code=$?; echo "ended with $code"; tail -n 5 *.log 2>/dev/null; exit $code; }`,
  ];
  return onWorkstation(['sh', '-c', outer.join('\n')]).catch((error: Error & { stdout?: Buffer }) => {
    throw new Error(`${error.message.slice(-200)}\n${error.stdout ?? ''}`);
  });
}

/** Lines that note a client which was started, so that it is gone when its folder is. */
export const NOTE_CLIENT = 'echo $client >>started';
/** Lines that end it, and give it time to tell its tracker. */
export const END_CLIENT = `kill $client
for n in 1 2 3 4 5 6 7 8 9 10; do kill -0 $client 2>/dev/null || break; sleep 0.2; done
kill -9 $client 2>/dev/null || :`;
