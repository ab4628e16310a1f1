import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import http2, { type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import net, { type AddressInfo, type Socket } from 'node:net';

export type Request = IncomingMessage | Http2ServerRequest;
export type Response = ServerResponse | Http2ServerResponse;

export interface HttpListener {
  port: number;
  /** Answers requests from now on. */
  serve(handle: (request: Request, response: Response) => void): void;
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
}

/** HTTP/2 begins with "PRI * HTTP/2.0", as no method of HTTP/1.1 does. */
const http2Start = Buffer.from('PRI');

/** Takes a loopback port and speaks HTTP/1.1 and HTTP/2 without TLS (prior knowledge) on it. */
export async function listen(port: number): Promise<HttpListener> {
  const overHttp1 = http.createServer();
  const overHttp2 = http2.createServer();
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let start = Buffer.alloc(0);
    socket.on('data', function sniff(bytes: Buffer) {
      start = Buffer.concat([start, bytes]);
      if (start.length < http2Start.length) return;
      socket.off('data', sniff);
      socket.pause();
      socket.unshift(start);
      const speaksHttp2 = start.subarray(0, http2Start.length).equals(http2Start);
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
    serve(handle) {
      overHttp1.on('request', handle);
      overHttp2.on('request', handle);
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
