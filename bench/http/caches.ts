/**
 * The field's own caches and the origin behind all of them: one process that answers each, no log of requests, connections
 * kept for as long as a run takes. nginx keeps its copies in files (which the kernel holds in memory), the others in memory.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Server, startDaemon } from '../processes.ts';

/** Every cache listens where ours does. */
export const PROXY_PORT = 3128;
const ORIGIN_PORT = 80;
/** Open files of each server: 10,000 clients, and what it needs besides. */
const FILES_MAX = 18_000;
/** Memory for copies, in megabytes, where a cache keeps them in memory. */
const STORE_MB = 512;

/** Documents by their length: `/1024/anything` and `/65536/anything` are as long as they say. */
export const LENGTHS = [1_024, 65_536] as const;
/** Requests below this path are written down by the origin. */
const COUNTED = '/counted';

/** What is served by the origin and by each server of documents. */
export function writeDocuments(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const octets of LENGTHS) writeFileSync(join(folder, `${octets}.txt`), bodyOf(octets));
}

export function bodyOf(octets: number): string {
  return `${octets} octets of a document. `.repeat(octets / 20).slice(0, octets);
}

/** An origin of nginx: it is quick enough not to be what is measured, and says how often it was asked. */
export function startOrigin(folder: string, address: string): Server & { asked(path: string): number } {
  const log = join(folder, 'asked.log');
  const documents = join(folder, 'documents');
  writeDocuments(documents);
  writeFileSync(log, '');
  const locations = LENGTHS.map(
    (octets) =>
      `location /${octets}/ { try_files /${octets}.txt =404; }
       location ${COUNTED}/${octets}/ { access_log ${log}; try_files /${octets}.txt =404; }`,
  );
  const server = `root ${documents}; default_type text/plain; add_header Cache-Control "public, max-age=86400";
    ${locations.join('\n')}`;
  const started = startNginx('origin', folder, `${address}:${ORIGIN_PORT}`, '', server);
  const asked = (path: string) => readFileSync(log, 'utf8').split(`GET ${path} `).length - 1;
  return { ...started, address, port: ORIGIN_PORT, asked };
}

/** The path of a document of which the origin counts the requests. */
export function countedPath(octets: number, name: string): string {
  return `${COUNTED}/${octets}/${name}`;
}

export function startNginxCache(folder: string, address: string, origin: Server): Server {
  const http = `proxy_cache_path ${folder}/cache levels=1:2 keys_zone=copies:64m max_size=4g inactive=1d use_temp_path=off;
  open_file_cache max=1000; upstream origin { server ${origin.address}:${origin.port}; keepalive 64; }`;
  const server = `location / {
    proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
    proxy_cache copies; proxy_cache_key $host$uri$is_args$args; add_header X-Cache $upstream_cache_status; }`;
  return startNginx('nginx', folder, `${address}:${PROXY_PORT}`, http, server);
}

/** nginx that serves the same documents as files. */
export function startNginxDocuments(folder: string, address: string, documents: string): Server {
  return startNginx('nginx', folder, `${address}:${ORIGIN_PORT}`, '', `root ${documents}; etag on;`);
}

function startNginx(name: string, folder: string, listen: string, http: string, server: string): Server {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'nginx.conf');
  writeFileSync(
    path,
    `user root; worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log crit;
worker_rlimit_nofile ${FILES_MAX};
events { worker_connections ${FILES_MAX}; }
http {
  access_log off; sendfile on; keepalive_timeout 1h; keepalive_requests 1000000000; types { text/plain txt; }
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  ${http}
  server { listen ${listen} backlog=4096; ${server} }
}
`,
  );
  const [address = '', port = ''] = listen.split(':');
  return startDaemon(name, ['nginx', '-p', folder, '-c', path, '-e', `${folder}/error.log`], address, Number(port));
}

export function startSquid(folder: string, address: string): Server {
  mkdirSync(folder, { recursive: true });
  // Squid gives up the rights of root, and writes where it was told to nevertheless.
  chmodSync(folder, 0o777);
  const path = join(folder, 'squid.conf');
  writeFileSync(
    path,
    `http_port ${address}:${PROXY_PORT}
http_access allow all
visible_hostname bench
pid_filename none
cache_log ${folder}/cache.log
access_log none
cache_store_log none
netdb_filename none
pinger_enable off
icp_port 0
digest_generation off
dns_nameservers ${address}
cache_mem ${STORE_MB} MB
memory_cache_shared off
maximum_object_size_in_memory 1 MB
max_filedescriptors ${FILES_MAX}
client_idle_pconn_timeout 1 hour
shutdown_lifetime 0 seconds
coredump_dir ${folder}
`,
  );
  return startDaemon('Squid', ['squid', '-N', '-f', path], address, PROXY_PORT);
}

export function startVarnish(folder: string, address: string, origin: Server): Server {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o777);
  const words = [
    ...['-F', '-j', 'none', '-n', folder, '-a', `${address}:${PROXY_PORT}`, '-b', `${origin.address}:${origin.port}`],
    ...['-s', `malloc,${STORE_MB}m`, '-T', 'none', '-p', 'timeout_idle=3600', '-p', 'listen_depth=4096'],
  ];
  return startDaemon('Varnish', ['varnishd', ...words], address, PROXY_PORT);
}
