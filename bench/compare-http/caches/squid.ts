import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Daemon } from './daemon.ts';
import { ORIGIN, ORIGIN_SILENCE_MS } from './ours.ts';

/** Squid: an accelerator in front of the origin, with its defaults less those that leave short-lived responses out. */
export const squid: Daemon = {
  name: 'squid',
  program: 'squid',
  versionOf: ['-v'],
  address: '127.67.200.3',
  port: 8080,
  configure(folder) {
    const file = join(folder, 'squid.conf');
    writeFileSync(
      file,
      `http_port ${this.address}:${this.port} accel vhost
cache_peer ${ORIGIN.address} parent ${ORIGIN.port} 0 no-query no-digest originserver connect-fail-limit=100000 login=PASSTHRU name=origin
http_access allow all
never_direct allow all
cache_mem 64 MB
minimum_expiry_time 0 seconds
refresh_pattern . 0 10% 1440
collapsed_forwarding on
pinger_enable off
icp_port 0
shutdown_lifetime 0 seconds
read_timeout ${ORIGIN_SILENCE_MS / 1000} seconds
visible_hostname squid
pid_filename ${folder}/squid.pid
cache_log ${folder}/cache.log
access_log none
coredump_dir ${folder}
netdb_filename none
`,
    );
    return ['squid', '-N', '-f', file];
  },
};
