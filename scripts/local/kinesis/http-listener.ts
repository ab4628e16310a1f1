import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import http2, { type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import net, { type AddressInfo, type Socket } from 'node:net';

export type Request = IncomingMessage | Http2ServerRequest;
export type Response = ServerResponse | Http2ServerResponse;

export interface HttpListener {
  port: number;
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
}

const http2Preface = Buffer.from('PRI * HTTP/2.0');

/** Speaks HTTP/1.1 and HTTP/2 without TLS (prior knowledge) on one loopback port: a connection's first bytes tell which. */
export async function listen(
  port: number,
  handle: (request: Request, response: Response) => void,
): Promise<HttpListener> {
  const overHttp1 = http.createServer(handle);
  const overHttp2 = http2.createServer(handle);
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('data', (bytes: Buffer) => {
      socket.pause();
      const length = Math.min(bytes.length, http2Preface.length);
      const speaksHttp2 = bytes.subarray(0, length).equals(http2Preface.subarray(0, length));
      socket.unshift(bytes);
      (speaksHttp2 ? overHttp2 : overHttp1).emit('connection', socket);
      if (!speaksHttp2) socket.resume();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
