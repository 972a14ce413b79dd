import { lab } from './lab-under-test.ts';
import { ON_CLIENT, runCommand } from './run-command.ts';

/**
 * The field's own tools, run where a student runs them: on the host `client` in containers, on this machine (with the client's
 * address) where the lab is embedded.
 */

/** Tools that take the address to ask from by -b. */
const TAKES_SOURCE = ['dig', 'kdig'];

/** The last two octets of the address of each server that a journey may name as @HOST. */
const SUFFIXES: Readonly<Record<string, string>> = {
  ...{ 'root-a': '1.1', 'root-b': '1.2' },
  ...{ 'tld-com': '2.1', 'tld-edu': '2.2', 'tld-fr': '2.3', 'tld-org': '2.4', 'tld-kr': '2.5', 'tld-b': '2.20' },
  ...{ 'dns-primary': '3.1', 'dns-secondary': '3.2', 'dns-umass': '3.10', 'dns-cs-umass': '3.11' },
  'dns-central': '3.20',
  resolver: '4.1',
};

/** The port of DNS, as the client sees it. */
export const dnsPort = lab.form === 'containers' ? 53 : lab.resolver.port;

/** The address of a host in this lab. */
export function addressOf(host: string): string {
  const suffix = SUFFIXES[host];
  if (suffix === undefined) throw new Error(`no journey knows the address of ${host}: add it to SUFFIXES`);
  return `${lab.net}.${suffix}`;
}

/**
 * Runs a command such as `dig @root-a www.cnn.com +norec` and gives what it prints, blanks squeezed together. `@HOST` is
 * the address of a host of the lab; `input` is what the command reads.
 */
export async function onClient(command: string, input = ''): Promise<string> {
  const words = command.split(' ').map((word) => (word.startsWith('@') ? `@${addressOf(word.slice(1))}` : word));
  const [tool = '', ...rest] = words;
  const here = lab.form === 'containers' ? [...ON_CLIENT, ...words] : [tool, ...hereAsClient(tool), ...rest];
  return (await runCommand(here, input)).toString('utf8').replace(/[ \t]+/g, ' ');
}

/** Whether the client has a tool: its image always, this machine perhaps not. */
export async function hasOnClient(tool: string): Promise<boolean> {
  if (lab.form === 'containers') return true;
  return runCommand(['bash', '-c', `command -v ${tool}`], '').then(
    () => true,
    () => false,
  );
}

/** Options by which a tool on this machine is the client of the embedded lab: its address, and the lab's port of DNS. */
function hereAsClient(tool: string): string[] {
  return TAKES_SOURCE.includes(tool) ? ['-b', `${lab.net}.100.1`, '-p', String(dnsPort)] : [];
}
