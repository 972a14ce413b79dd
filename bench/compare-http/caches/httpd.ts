import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Daemon } from './daemon.ts';
import { ORIGIN, ORIGIN_SILENCE_MS } from './ours.ts';

const MODULES = ['mpm_event', 'authz_core', 'proxy', 'proxy_http', 'cache', 'cache_disk', 'headers'];

/** Apache httpd: mod_cache with mod_cache_disk before mod_proxy_http, with its defaults less the limit of a day. */
export const httpd: Daemon = {
  name: 'httpd',
  program: 'apache2',
  versionOf: ['-v'],
  address: '127.67.200.5',
  port: 8080,
  configure(folder) {
    const file = join(folder, 'httpd.conf');
    mkdirSync(join(folder, 'store'));
    chmodSync(join(folder, 'store'), 0o777);
    writeFileSync(
      file,
      `${MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
ServerRoot ${folder}
DefaultRuntimeDir ${folder}
PidFile ${folder}/httpd.pid
ErrorLog ${folder}/error.log
ServerName compare.test
Listen ${this.address}:${this.port}
User www-data
Group www-data
StartServers 1
ThreadsPerChild 64
MaxRequestWorkers 256
ServerLimit 4
KeepAlive On
TraceEnable off
AllowEncodedSlashes NoDecode
ProxyPass / http://${ORIGIN.address}:${ORIGIN.port}/ retry=0 nocanon timeout=${ORIGIN_SILENCE_MS / 1000}
ProxyPreserveHost On
ProxyVia On
CacheEnable disk /
CacheRoot ${folder}/store
CacheQuickHandler off
CacheHeader on
CacheLock on
CacheLockPath ${folder}/lock
CacheMaxExpire 31536000
CacheIgnoreNoLastMod Off
CacheStaleOnError off
`,
    );
    return ['apache2', '-f', file, '-D', 'FOREGROUND'];
  },
};
