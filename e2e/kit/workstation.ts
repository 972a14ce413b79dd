import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Capture, type Vantage } from '#shared/host/test/kit/capture.ts';
import { lab } from './lab-under-test.ts';
import { CLIENT, ON_CLIENT, runCommand } from './run-command.ts';

/**
 * The workstation, which goes to servers itself unless it is told to use the institution's cache: the field's own clients, with
 * the local DNS server of the lab and no other, and with trust in the lab's authority. Where the lab is embedded they run on this
 * machine with a resolv.conf of their own, which takes root.
 */

/** Mounts the file $0 as resolv.conf, for this command alone, and runs the rest. */
const WITH_RESOLV_CONF = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
/** Where the workstation's image has the certificate of the lab's authority. */
const CA_IN_IMAGE = '/trust/ca.crt';

const vantage: Vantage =
  lab.form === 'containers'
    ? { networkInterface: 'eth0', through: ['docker', 'exec', CLIENT] }
    : { networkInterface: 'lo', through: [] };

/** The proxy as the workstation reaches it. */
export const proxyUrl = `http://${lab.net}.11.1:3128`;

/** The address from which this machine speaks to a lab on its loopback interface; every host of the lab has another. */
const THIS_MACHINE = '127.0.0.1';

/** Captures what the workstation sends and receives, as far as `filter` (in the language of tcpdump) lets it through. */
export function captureOnClient(filter: string): Promise<Capture> {
  return Capture.start(lab.form === 'containers' ? filter : `host ${THIS_MACHINE} and (${filter})`, vantage);
}

/** Captures what any host of the lab sends and receives: on the loopback interface, or on the bridge that joins the containers. */
export async function captureInLab(filter: string): Promise<Capture> {
  if (lab.form === 'embedded') return Capture.start(filter);
  const inspect = ['network', 'inspect', '--format', '{{.Id}}', `${lab.project}_lab`];
  const id = (await runCommand(['docker', ...inspect], '')).toString('latin1').trim();
  // Docker's name for a bridge, unless it is told another: the beginning of the network's id.
  return Capture.start(filter, { networkInterface: `br-${id.slice(0, 12)}`, through: [] });
}

/** Opens a page as the workstation does, and gives its status. */
export async function browse(url: string): Promise<number> {
  return Number(await onWorkstation(['curl', '--silent', '--output', '/dev/null', '--write-out', '%{http_code}', url]));
}

/**
 * Runs a command on the workstation and gives what it prints. `CA` as a word of its own stands for the file with the lab's
 * certificate; `input` is what the command reads.
 *
 * @throws Error with what the command said, when it fails
 */
export async function onWorkstation(command: readonly string[], input: string | Buffer = ''): Promise<string> {
  return (await onWorkstationRaw(command, input)).toString('utf8');
}

/** As `onWorkstation`, octet for octet. */
export async function onWorkstationRaw(command: readonly string[], input: string | Buffer = ''): Promise<Buffer> {
  if (lab.form === 'containers') return runCommand([...ON_CLIENT, ...withCa(command, CA_IN_IMAGE)], input);
  const folder = await mkdtemp(join(tmpdir(), 'topdown-workstation-'));
  const [resolvConf, ca] = [join(folder, 'resolv.conf'), join(folder, 'ca.crt')];
  try {
    await writeFile(resolvConf, `nameserver ${lab.net}.4.1\n`);
    await writeFile(ca, await (await fetch(`${lab.observatory}/ca.crt`)).text());
    const here = ['unshare', '--mount', 'sh', '-c', WITH_RESOLV_CONF, resolvConf];
    // Where OpenSSL and curl look for the authorities that they trust; the image of the workstation has it in their own places.
    const trust = ['env', `SSL_CERT_FILE=${ca}`, `CURL_CA_BUNDLE=${ca}`];
    return await runCommand([...here, ...trust, ...withCa(command, ca)], input);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function withCa(command: readonly string[], ca: string): string[] {
  return command.map((word) => (word === 'CA' ? ca : word));
}
