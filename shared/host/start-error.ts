/** What a person is told when a program cannot start: what is wrong, where, and what to do. */
export function sayWhatIsWrong(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  const place = address === undefined ? '' : ` ${address}${port === undefined ? '' : `:${port}`}`;
  switch (code) {
    case 'EADDRINUSE':
      return `The port${place} is taken: stop what listens there (ss -lntup shows it), or give this lab a prefix of its own (LAB_NET=10.54, npm start -- --net 127.54, startLab({ net: '127.54' }))`;
    case 'EADDRNOTAVAIL':
      return `This machine does not have the address${place}: on macOS add it with "ifconfig lo0 alias", or set LAB_NET to a prefix that it has`;
    case 'EACCES':
      return `No permission for${place || ` ${(error as NodeJS.ErrnoException).path ?? 'a file'}`}: ${error.message}`;
    default:
      return error.message;
  }
}
