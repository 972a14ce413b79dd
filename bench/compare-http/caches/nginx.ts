import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Daemon } from './daemon.ts';
import { ORIGIN, ORIGIN_SILENCE_MS } from './ours.ts';

/**
 * nginx: proxy_cache, with the idioms of its manual that bring it nearer to the RFC: revalidation, a lock, updates in the
 * background, the request's no-store and no-cache, and no storing of what was fetched with credentials unless the response
 * allows it. Stale responses are left to the directives of the response.
 */
export const nginx: Daemon = {
  name: 'nginx',
  program: 'nginx',
  versionOf: ['-v'],
  address: '127.67.200.2',
  port: 8080,
  configure(folder) {
    const file = join(folder, 'nginx.conf');
    writeFileSync(
      file,
      `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log off; default_type ""; server_tokens off; merge_slashes off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/temp; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  proxy_cache_path ${folder}/cache levels=1:2 keys_zone=store:16m max_size=256m inactive=1h use_temp_path=off;
  map $http_cache_control $asks_no_store { default 0; "~*(^|,)\\s*no-store\\s*(,|$)" 1; }
  map $http_cache_control$http_pragma $asks_no_cache { default 0; "~*(^|,)\\s*no-cache\\s*(,|$)" 1; }
  map $upstream_http_cache_control $may_be_shared { default 0; "~*(^|,)\\s*(public|s-maxage=\\d+|must-revalidate)\\s*(,|$)" 1; }
  map $http_via $via { default "$http_via, $server_protocol nginx"; "" "$server_protocol nginx"; }
  map $http_authorization:$may_be_shared $is_of_one { default 0; "~^.+:0$" 1; }
  upstream origin { server ${ORIGIN.address}:${ORIGIN.port} max_fails=0; keepalive 32; }
  server {
    listen ${this.address}:${this.port};
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header Via $via;
      proxy_cache store;
      proxy_cache_key $scheme://$host$request_uri;
      proxy_cache_revalidate on;
      proxy_cache_lock on;
      proxy_cache_background_update on;
      proxy_cache_bypass $asks_no_cache $asks_no_store;
      proxy_no_cache $asks_no_store $is_of_one;
      proxy_force_ranges on;
      proxy_pass_header Date;
      proxy_pass_header Server;
      proxy_read_timeout ${ORIGIN_SILENCE_MS / 1000}s;
    }
  }
}
`,
    );
    return ['nginx', '-c', file, '-p', folder, '-e', `${folder}/error.log`];
  },
};
