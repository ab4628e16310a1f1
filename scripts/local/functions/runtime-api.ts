import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface RuntimeEvents {
  /** The process asks for work. */
  onNext(): void;
  onResponse(requestId: string, payload: string): void;
  onError(requestId: string, error: string): void;
  onInitError(error: string): void;
}

export interface Work {
  requestId: string;
  payload: string;
  deadlineMs: number;
  functionArn: string;
}

/** The Lambda Runtime API (2018-06-01) for one process of one function, on a port of its own. */
export class RuntimeApi {
  readonly #server: Server;
  #waiting: ServerResponse | undefined;

  private constructor(events: RuntimeEvents) {
    this.#server = createServer(async (request, response) => {
      const [, id, what] = /\/runtime\/invocation\/([^/]+)(?:\/(response|error))?$/.exec(request.url ?? '') ?? [];
      if (request.method === 'GET' && id === 'next') {
        this.#waiting = response;
        events.onNext();
        return;
      }
      let body: string;
      try {
        body = await text(request);
      } catch {
        return; // The process died while it answered; its end is reported as such.
      }
      response.writeHead(202, { 'Content-Length': 0 }).end();
      if (what === 'response') events.onResponse(id!, body);
      else if (what === 'error') events.onError(id!, body);
      else if (request.url?.endsWith('/runtime/init/error')) events.onInitError(body);
    });
    this.#server.keepAliveTimeout = 0;
    this.#server.requestTimeout = 0;
  }

  static async listen(events: RuntimeEvents): Promise<RuntimeApi> {
    const api = new RuntimeApi(events);
    await new Promise<void>((resolve, reject) => {
      api.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return api;
  }

  /** `host:port`, as AWS_LAMBDA_RUNTIME_API names it. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Answers the process's pending request for work. Expects one to be pending. */
  give({ requestId, payload, deadlineMs, functionArn }: Work): void {
    const response = this.#waiting;
    if (response === undefined) throw new Error(`no request for work is pending for invocation ${requestId}`);
    this.#waiting = undefined;
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(payload),
      'Lambda-Runtime-Aws-Request-Id': requestId,
      'Lambda-Runtime-Deadline-Ms': String(deadlineMs),
      'Lambda-Runtime-Invoked-Function-Arn': functionArn,
      'Lambda-Runtime-Trace-Id': `Root=1-${Math.trunc(deadlineMs / 1000).toString(16)}-${requestId.replaceAll('-', '').slice(0, 24)};Sampled=0`,
    });
    response.end(payload);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
