import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Loses every nth packet that comes in and fits `rule` (in the words of iptables), in the network that the script has to itself
 * (private-network.ts). Returns what ends it and says how many were lost.
 */
export function losePackets(every: number, ...rule: string[]): () => number {
  const loss = ['INPUT', ...rule, '-m', 'statistic', '--mode', 'nth', '--every', String(every), '--packet', '0'];
  iptables('-A', ...loss, '-j', 'DROP');
  return () => {
    const counted = iptables('-L', 'INPUT', '-v', '-x', '-n').split('\n')[2]?.trim().split(/\s+/)[0];
    iptables('-D', ...loss, '-j', 'DROP');
    return Number(counted);
  };
}

/** How many segments the TCP of this network has sent more than once. */
export function segmentsRepeated(): number {
  const [names = '', values = ''] = readFileSync('/proc/net/snmp', 'latin1')
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'));
  return Number(values.split(' ')[names.split(' ').indexOf('RetransSegs')]);
}

function iptables(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('iptables', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`iptables ${args.join(' ')}: ${stderr}`);
  return stdout;
}
