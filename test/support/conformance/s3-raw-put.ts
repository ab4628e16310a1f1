import { connect, type Socket } from 'node:net';

/** A PUT written by hand, so that something can happen in the middle of it. */
export function rawPut(url: string, bytes: number, headers: Record<string, string>) {
  const { hostname, port, host, pathname, search } = new URL(url);
  const socket: Socket = connect(Number(port), hostname);
  const all = { host, 'content-length': String(bytes), expect: '100-continue', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  let received = '';
  const until = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => pattern.test(received) && resolve(received);
      socket.on('data', look);
      socket.once('error', reject).once('close', () => reject(new Error(`closed after ${JSON.stringify(received)}`)));
      look();
    });
  socket.on('data', (data) => {
    received += data.toString();
  });
  const write = (text: string) => new Promise<void>((resolve) => socket.write(text, () => resolve()));
  return {
    /** The server has read the head of the request. */
    begun: async (): Promise<void> => {
      await write(`PUT ${pathname}${search} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      await until(/^HTTP\/1.1 100 Continue\r\n\r\n/);
    },
    sent: write,
    answer: async (): Promise<string> => {
      const text = await until(/\r\n\r\n[\s\S]*(<\/Error>|content-length: 0[\s\S]*\r\n\r\n)/i);
      socket.destroy();
      return text.slice(text.indexOf('\r\n\r\n') + 4);
    },
    cut: () => socket.destroy(),
  };
}
