import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './ministack.ts';
import { installOnce, partsFolder } from './parts.ts';
import { startServer } from './server-process.ts';

const version = 'v1.52.3';
const bin = join(partsFolder, 'fake-gcs-server');

/** fake-gcs-server, an emulator of Google Cloud Storage, built from its Go module. */
export const installFakeGcs = (): Promise<void> =>
  installOnce('fake-gcs-server', version, async () => {
    const module = `github.com/fsouza/fake-gcs-server@${version}`;
    const environment = { ...process.env, GOBIN: bin, GOFLAGS: '-buildvcs=false' };
    await promisify(execFile)('go', ['install', '-ldflags', '-s -w', module], { env: environment });
  });

export interface FakeGcs {
  endpoint: string;
  stop(): Promise<void>;
}

/** fake-gcs-server with nothing in it, in memory, on a free port, behind what refuses copies onto what is there if so asked. */
export async function startFakeGcs(): Promise<FakeGcs> {
  await installFakeGcs();
  const [port, serverPort] = [await freePort(), await freePort()];
  const endpoint = `http://127.0.0.1:${port}`;
  const server = `http://127.0.0.1:${serverPort}`;
  const args = ['-backend', 'memory', '-scheme', 'http', '-host', '127.0.0.1', '-port', String(serverPort)];
  const names = ['-external-url', endpoint, '-public-host', `127.0.0.1:${port}`, '-log-level', 'error'];
  const { stop } = await startServer(join(bin, 'fake-gcs-server'), [...args, ...names], server);
  const front = createServer((request, response) => {
    forward(request, response, server).catch((error: Error) => response.destroy(error));
  });
  front.listen(port, '127.0.0.1');
  await once(front, 'listening');
  return {
    endpoint,
    async stop() {
      front.closeAllConnections();
      front.close();
      await stop();
    },
  };
}

/** The server leaves `ifGenerationMatch` of copies unread, which Google Cloud Storage does not. */
async function forward(request: IncomingMessage, response: ServerResponse, server: string): Promise<void> {
  const url = new URL(request.url as string, server);
  const [, target] = /\/rewriteTo(\/b\/[^/]+\/o\/[^/]+)$/.exec(url.pathname) ?? [];
  if (target !== undefined && url.searchParams.get('ifGenerationMatch') === '0') {
    const { status } = await fetch(`${server}/storage/v1${target}`);
    if (status !== 404) {
      response.writeHead(412, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { code: 412, message: 'conditionNotMet' } }));
      return;
    }
  }
  const { method, headers } = request;
  const upstream = httpRequest(url, { method: method as string, headers: { ...headers, host: url.host } });
  request.pipe(upstream);
  const [answer] = (await once(upstream, 'response')) as [IncomingMessage];
  response.writeHead(answer.statusCode as number, answer.headers);
  answer.pipe(response);
}
