# One libtorrent session with one torrent: python3 libtorrent-client.py ADDRESS PORT TORRENT FOLDER UPLOAD_BYTES_PER_S seed|leech
# It begins when a line comes on standard input, and ends when that is closed.
import sys
import time

import libtorrent as lt

address, port, torrent, folder, upload, part = sys.argv[1:]
session = lt.session({
    'listen_interfaces': f'{address}:{port}',
    'outgoing_interfaces': address,
    'enable_dht': False,
    'enable_lsd': False,
    'enable_upnp': False,
    'enable_natpmp': False,
    'enable_incoming_utp': False,
    'enable_outgoing_utp': False,
    'upload_rate_limit': int(upload),
    'allow_multiple_connections_per_ip': True,
    'alert_mask': 0,
})
# Peers on loopback are in the class of local peers, which has no limits and is never choked: here they are like all others.
everybody = lt.ip_filter()
everybody.add_rule('0.0.0.0', '255.255.255.255', 1 << lt.session.global_peer_class_id)
session.set_peer_class_filter(everybody)
print('ready', flush=True)

sys.stdin.readline()
parameters = lt.add_torrent_params()
parameters.ti = lt.torrent_info(torrent)
parameters.save_path = folder
if part == 'seed':
    parameters.flags |= lt.torrent_flags.seed_mode
parameters.flags &= ~lt.torrent_flags.paused
parameters.flags &= ~lt.torrent_flags.auto_managed
handle = session.add_torrent(parameters)
print('joined', flush=True)

sys.stdin.read()
# Its last announce is on its way when it is asked for; ending the session waits for it.
session.pause()
deadline = time.monotonic() + 2
while time.monotonic() < deadline and not session.is_paused():
    time.sleep(0.05)
del handle
del session
