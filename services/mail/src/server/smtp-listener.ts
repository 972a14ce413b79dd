import type { TlsServerOptions } from '#shared/host/tls.ts';
import { GuardedServer } from './guarded-server.ts';
import { SmtpDoor, type SmtpDoorOptions, type SmtpDoorParts } from './smtp-door.ts';

export interface SmtpListener {
  connections(): number;
  close(): Promise<void>;
}

/**
 * Receives mail with smtp-server: on port 25 for the mailboxes here, on ports 587 and 465 from the users here. A port that is
 * shared is dealt out by the kernel (SO_REUSEPORT).
 */
export async function listenSmtp(
  parts: SmtpDoorParts & { readonly tls: TlsServerOptions },
  options: SmtpDoorOptions & { readonly port: number; readonly sharesPort?: boolean },
): Promise<SmtpListener> {
  const door = new SmtpDoor(parts, options, (id) => server.drop(id));
  const server = new GuardedServer(door.libraryOptions(), parts.tls, door.guards(), options.connectionsPerClientMax);
  server.on('error', (error) => parts.host.log.debug(`SMTP connection: ${error.message}`));
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    const { port, sharesPort: reusePort = false } = options;
    server.server.listen({ port, host: parts.host.address, reusePort }, () => {
      server.server.off('error', reject);
      resolve();
    });
  });
  return { connections: () => server.connectionCount, close: () => server.stop() };
}
