import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A schema as it was registered. */
export interface RegisteredSchema {
  schema: string;
  schemaType?: 'AVRO' | 'JSON' | 'PROTOBUF';
  references?: { name: string; subject: string; version: number }[];
}

/** A registry with Confluent's HTTP interface, as far as consumers ask it, on a free port of the loopback. */
export class TestSchemaRegistry {
  /** By id; subjects are ids as text with one version each. */
  readonly schemas = new Map<number, RegisteredSchema>();
  readonly asked: { path: string; authorization: string | undefined }[] = [];
  /** What it answers instead: a status, any text with a status, nothing at all. */
  fault: number | { status: number; text: string } | 'hang' | undefined;
  readonly #server = createServer((request, response) => this.#answer(request, response));

  static async start(): Promise<TestSchemaRegistry> {
    const registry = new TestSchemaRegistry();
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Registers a schema of Avro, or as it says, under an id of its own. */
  register(schema: object, more: Omit<RegisteredSchema, 'schema'> = {}): number {
    const id = this.schemas.size + 1;
    this.schemas.set(id, { schema: JSON.stringify(schema), ...more });
    return id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    this.asked.push({ path: url, authorization: headers.authorization });
    if (this.fault === 'hang') return;
    if (typeof this.fault === 'object') {
      response.writeHead(this.fault.status).end(this.fault.text);
      return;
    }
    const [, byId, bySubject] = /^\/schemas\/ids\/(\d+)$|^\/subjects\/(\d+)\/versions\/1(?:\?.*)?$/.exec(url) ?? [];
    const schema = this.schemas.get(Number(byId ?? bySubject));
    const status = this.fault ?? (schema === undefined ? 404 : 200);
    response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' });
    response.end(
      JSON.stringify(status === 200 ? schema : { error_code: status * 100 + 3, message: 'Schema not found' }),
    );
  }
}

/** Confluent's wire format. */
export function confluentFramed(id: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(id, 1);
  return Buffer.concat([head, body]);
}
