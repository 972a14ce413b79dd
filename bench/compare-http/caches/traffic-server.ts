import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOST, OTHER_HOST } from '../client.ts';
import type { Daemon } from './daemon.ts';
import { ORIGIN, ORIGIN_SILENCE_MS } from './ours.ts';

/** Settings of records.config that are not its defaults: the client's directives count, and a guess is a tenth and no more. */
const RECORDS: Readonly<Record<string, string>> = {
  'http.cache.required_headers': 'INT 1',
  'http.cache.heuristic_min_lifetime': 'INT 0',
  'http.cache.heuristic_lm_factor': 'FLOAT 0.10',
  'http.cache.ignore_client_no_cache': 'INT 0',
  'http.cache.ignore_client_cc_max_age': 'INT 0',
  'http.cache.cache_responses_to_cookies': 'INT 1',
  'http.cache.allow_empty_doc': 'INT 1',
  'http.cache.open_write_fail_action': 'INT 0',
  'http.down_server.cache_time': 'INT 0',
  'http.connect_attempts_max_retries': 'INT 0',
  'http.transaction_no_activity_timeout_out': `INT ${ORIGIN_SILENCE_MS / 1000}`,
  'http.insert_response_via_str': 'INT 1',
  'http.normalize_ae': 'INT 0',
  'http.number_of_redirections': 'INT 0',
  'url_remap.pristine_host_hdr': 'INT 1',
  'http.wait_for_cache': 'INT 3',
  'exec_thread.autoconfig': 'INT 0',
  'exec_thread.limit': 'INT 2',
  'log.logging_enabled': 'INT 0',
  'diags.debug.enabled': 'INT 0',
  'admin.user_id': 'STRING nobody',
};

/** Apache Traffic Server: a reverse proxy with its defaults less those that disregard what clients and responses say. */
export const trafficServer: Daemon = {
  name: 'trafficserver',
  program: 'traffic_server',
  versionOf: ['--version'],
  address: '127.67.200.6',
  port: 8080,
  configure(folder) {
    for (const name of ['etc', 'run', 'log', 'cache', 'share']) {
      mkdirSync(join(folder, name));
      chmodSync(join(folder, name), 0o777);
    }
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
    const layout = { prefix: folder, exec_prefix: '/usr', bindir: '/usr/bin', sbindir: '/usr/bin', libdir: '/usr/lib' };
    const own = {
      sysconfdir: 'etc',
      localstatedir: 'run',
      runtimedir: 'run',
      logdir: 'log',
      cachedir: 'cache',
      datadir: 'share',
    };
    write(
      'runroot.yaml',
      [
        ...Object.entries(layout).map(([name, path]) => `${name}: ${path}\n`),
        ...Object.entries(own).map(([name, path]) => `${name}: ${folder}/${path}\n`),
        'includedir: /usr/include\nlibexecdir: /usr/lib/trafficserver/modules\n',
      ].join(''),
    );
    const records = { ...RECORDS, 'http.server_ports': `STRING ${this.port}:ip-in=${this.address}` };
    write(
      'etc/records.config',
      Object.entries(records)
        .map(([name, value]) => `CONFIG proxy.config.${name} ${value}\n`)
        .join(''),
    );
    write('etc/ip_allow.yaml', 'ip_allow:\n  - { apply: in, ip_addrs: 0/0, action: allow, methods: ALL }\n');
    write('etc/storage.config', `${folder}/cache 128M\n`);
    const target = `http://${ORIGIN.address}:${ORIGIN.port}/`;
    write('etc/remap.config', [HOST, OTHER_HOST].map((host) => `map http://${host}/ ${target}\n`).join(''));
    return ['traffic_server', `--run-root=${folder}/runroot.yaml`];
  },
};
