import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { LocalFunction } from '../functions/local-function.ts';
import type { LocalMachine } from '../machines/local-machine.ts';
import type { SwitchedMapping } from '../mappings/switched-mapping.ts';
import type { Site } from '../page/site.ts';
import type { Answer } from './answer.ts';
import { invocationPath, invokeOverHttp } from './lambda-api.ts';
import { answerMappings, mappingsPath } from './mappings-api.ts';
import { answerStepFunctions, stepFunctionsTarget } from './step-functions-api.ts';

export interface Controlled {
  functions: ReadonlyMap<string, LocalFunction>;
  mappings: readonly SwitchedMapping[];
  machines: ReadonlyMap<string, LocalMachine>;
  metricsText(): string;
  /** Pages for people. */
  site: Site;
}

export interface ControlServer {
  /** `http://127.0.0.1:port` */
  endpoint: string;
  close(): Promise<void>;
}

/** Lambda's Invoke and event source mappings, Step Functions, `/metrics`, `/health` and pages about tables on one port of 127.0.0.1. */
export async function startControlServer(port: number, controlled: Controlled): Promise<ControlServer> {
  const server = createServer(async (request, response) => {
    const { status, headers, body } = await answer(request, controlled).catch(
      (error: unknown): Answer => ({
        status: 500,
        headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'ServiceException' },
        body: JSON.stringify({ __type: 'ServiceException', message: String(error) }),
      }),
    );
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, controlled: Controlled): Promise<Answer> {
  const url = request.url ?? '/';
  if (request.method === 'GET' && url === '/health') return plain(200, 'ok\n');
  if (request.method === 'GET' && url === '/metrics') return plain(200, controlled.metricsText());
  const reference = invocationPath.exec(url)?.[1];
  if (request.method === 'POST' && reference !== undefined) {
    const type = request.headers['x-amz-invocation-type'] as string | undefined;
    return invokeOverHttp(controlled.functions, reference, type, await text(request));
  }
  const [path, uuid] = mappingsPath.exec(url) ?? [];
  if (path !== undefined && uuid !== undefined) {
    const query = new URL(url, 'http://localhost').searchParams;
    const asked = { method: request.method ?? 'GET', uuid, query, body: await text(request) };
    return answerMappings(controlled.mappings, new Set(controlled.functions.keys()), asked);
  }
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string' && target.startsWith(stepFunctionsTarget)) {
    return answerStepFunctions(controlled.machines, target.slice(stepFunctionsTarget.length), await text(request));
  }
  const page = request.method === 'GET' ? await controlled.site(url) : undefined;
  if (page !== undefined) return page;
  return plain(
    404,
    `nothing at ${request.method} ${url}; expected /, /tables/<name>, /health, /metrics, Lambda's Invoke and event source mappings, or Step Functions\n`,
  );
}

const plain = (status: number, body: string): Answer => ({
  status,
  headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
  body,
});
