/** What one qBittorrent is to be. */
export interface QbittorrentPlace {
  readonly networkInterface: string;
  readonly address: string;
  readonly port: number;
  readonly webPort: number;
  /** Networks from which its web API takes commands without a password. */
  readonly commandedFrom: readonly string[];
  /** Further lines of its section `BitTorrent`. */
  readonly session?: readonly string[];
}

/**
 * qBittorrent.conf of a client that lives on one address, finds others by trackers alone, and is told by its web API what to
 * do. It asks nobody about the countries of its peers: otherwise it fetches a database at its start.
 */
export function qbittorrentConfiguration(place: QbittorrentPlace): string {
  const { networkInterface, address, port, webPort, commandedFrom, session = [] } = place;
  const lines = [
    '[LegalNotice]',
    'Accepted=true',
    '[BitTorrent]',
    `Session\\Interface=${networkInterface}`,
    `Session\\InterfaceName=${networkInterface}`,
    `Session\\InterfaceAddress=${address}`,
    `Session\\Port=${port}`,
    'Session\\DHTEnabled=false',
    'Session\\LSDEnabled=false',
    'Session\\BTProtocol=TCP',
    'Session\\MultiConnectionsPerIp=true',
    'Session\\QueueingSystemEnabled=false',
    ...session,
    '[Network]',
    'PortForwardingEnabled=false',
    '[Preferences]',
    'Connection\\ResolvePeerCountries=false',
    `WebUI\\Address=${address}`,
    `WebUI\\Port=${webPort}`,
    'WebUI\\LocalHostAuth=false',
    'WebUI\\AuthSubnetWhitelistEnabled=true',
    `WebUI\\AuthSubnetWhitelist=${commandedFrom.join(', ')}`,
    'WebUI\\UseUPnP=false',
  ];
  return lines.map((line) => `${line}\n`).join('');
}
