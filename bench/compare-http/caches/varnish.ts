import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Daemon } from './daemon.ts';
import { ORIGIN, ORIGIN_SILENCE_MS } from './ours.ts';

/**
 * Varnish: the built-in VCL, no lifetime and no grace but what the response says, an hour in which a stale response can be
 * validated, nothing done to codings, and what its manual gives as VCL for the request's directives and for unsafe methods.
 */
export const varnish: Daemon = {
  name: 'varnish',
  program: 'varnishd',
  versionOf: ['-V'],
  address: '127.67.200.4',
  port: 8080,
  configure(folder) {
    const file = join(folder, 'cache.vcl');
    writeFileSync(
      file,
      `vcl 4.1;
backend origin { .host = "${ORIGIN.address}"; .port = "${ORIGIN.port}"; .first_byte_timeout = ${ORIGIN_SILENCE_MS / 1000}s; }
sub vcl_recv {
  if (req.method !~ "^(GET|HEAD)$") { return (pass); }
  if (req.http.Cache-Control ~ "(?i)(^|,)\\s*no-store\\s*(,|$)") { return (pass); }
  if (req.http.Cache-Control ~ "(?i)(^|,)\\s*no-cache\\s*(,|$)" || (!req.http.Cache-Control && req.http.Pragma ~ "(?i)no-cache")) {
    set req.hash_always_miss = true;
  }
}
sub vcl_backend_fetch {
  if (bereq.http.Via) { set bereq.http.Via = bereq.http.Via + ", " + bereq.proto + " varnish"; }
  else { set bereq.http.Via = bereq.proto + " varnish"; }
}
sub vcl_backend_response {
  set beresp.http.x-uri = bereq.http.host + bereq.url;
  if (bereq.method !~ "^(GET|HEAD|OPTIONS|TRACE)$" && beresp.status < 400) {
    ban("obj.http.x-uri == " + bereq.http.host + bereq.url);
  }
}
sub vcl_deliver { unset resp.http.x-uri; }
`,
    );
    const parameters = ['default_ttl=0', 'default_grace=0', 'default_keep=3600', 'http_gzip_support=off'];
    return [
      ...[
        'varnishd',
        '-F',
        '-f',
        file,
        '-n',
        join(folder, 'work'),
        '-a',
        `${this.address}:${this.port}`,
        '-s',
        'default,64m',
      ],
      ...parameters.flatMap((parameter) => ['-p', parameter]),
    ];
  },
};
