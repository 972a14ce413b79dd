/**
 * Several of our peers in one process, each on an address of its own:
 *
 *   node bench/p2p/pack-process.ts TRACKER ADDRESS ADDRESS ...
 *
 * They begin when a message brings them the .torrent file in base64, and end at SIGTERM.
 */
import { createLabHost, startOn } from '../../labs/kit/lab-host.ts';
import { program } from '../../services/peer/src/program.ts';

const [tracker = '', ...addresses] = process.argv.slice(2);
// The tracker is named by its address.
const names = { [tracker]: tracker };
const hosts = addresses.map((address) => createLabHost({ name: 'peer', program: 'peer', address, names }));
const peers = await Promise.all(hosts.map((host) => startOn(program, host, { TORRENT_URL: '' })));
process.on('message', (torrentFile) => {
  for (const peer of peers) void peer.actions?.add?.run({ torrentFile });
});
process.once('SIGTERM', async () => {
  await Promise.all(peers.map((peer) => peer.stop()));
  for (const host of hosts) host.remove();
  process.exit(0);
});
process.send?.('ready');
