import { CLIENT_S_MAX } from './run-command.ts';
import { onWorkstation } from './workstation.ts';

/** Who runs it where this machine's user is root: some clients refuse to keep mail for root. */
const NOBODY = 65_534;

/**
 * Runs a script of the shell on the workstation, in a new folder that is its $HOME too, and gives what it prints. The folder has
 * `files`, and `ca.crt` with the certificate of the lab's authority; it is removed afterwards.
 *
 * @throws Error with what the client said, when it fails
 */
export function withMailClient(files: Readonly<Record<string, string>>, script: string): Promise<string> {
  const written = Object.entries({ ...files, 'run.sh': script }).map(
    ([name, text]) => `echo ${Buffer.from(text).toString('base64')} | base64 -d > ${name}`,
  );
  const outer = [
    'set -eu',
    'home=$(mktemp -d /tmp/mail-client-XXXXXX)',
    'trap \'rm -rf "$home"\' EXIT',
    'cp "$1" "$home/ca.crt"',
    'cd "$home"',
    'umask 077',
    ...written,
    'chmod 644 ca.crt',
    'as=',
    `[ "$(id -u)" != 0 ] || { as="setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups"; chown -R ${NOBODY}:${NOBODY} .; }`,
    `HOME=$home SSL_CERT_FILE=$home/ca.crt CURL_CA_BUNDLE=$home/ca.crt timeout ${CLIENT_S_MAX} $as sh -eu run.sh 2>&1 ||`,
    '  { code=$?; echo "run.sh ended with $code" >&2; exit $code; }',
  ];
  return onWorkstation(['sh', '-c', outer.join('\n'), 'sh', 'CA']).catch((error: Error & { stdout?: Buffer }) => {
    throw new Error(`${error.message.slice(-200)}\n${error.stdout ?? ''}`);
  });
}
