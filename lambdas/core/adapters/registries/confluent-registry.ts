import {
  type IncompleteSchema,
  type RegistrySchema,
  RegistryUnreachable,
  type SchemaKind,
  type SchemaRegistry,
} from '#formats/registry.ts';
import { type HttpAccess, httpGet } from './http-get.ts';

export interface RegistryServer {
  url: string;
  timeoutMs: number;
  /** Read from a secret, when the registry is first asked. */
  access: () => Promise<HttpAccess>;
  /** Told that the server does not let in whoever has this access, or does not answer, as TLS has it then: the secret may have changed. */
  refused?: () => void;
}

interface SchemaAnswer {
  schema: string;
  schemaType?: string;
  references?: readonly { name: string; subject: string; version: number }[];
}

const kinds: Record<string, SchemaKind> = { AVRO: 'avro', JSON: 'json', PROTOBUF: 'protobuf' };

/** Schemas that one schema refers to, directly or through others, at most. */
const maxReferences = 1_000;

/** A registry with the HTTP interface of Confluent's Schema Registry (`/schemas/ids/<id>`, `/subjects/<subject>/versions/<version>`). */
export function confluentRegistry(server: RegistryServer): SchemaRegistry {
  const root = server.url.replace(/\/+$/, '');

  /** Nothing where the registry says that there is no such thing. */
  async function ask(path: string): Promise<SchemaAnswer | undefined> {
    const asked = `${root}${path}`;
    const answer = await answered(asked, server);
    if (answer.status === 404 && isRegistrysOwn(answer.text)) return undefined;
    if (answer.status !== 200) {
      throw new RegistryUnreachable(`${asked}: expected status 200 or the registry's 404, got ${answer.status}`);
    }
    return parsedAnswer(asked, answer.text);
  }

  /** Referred ones before those that refer to them, each once. Answers why they cannot be had, where that is so. */
  async function collect(schema: SchemaAnswer, found: Map<string, string>): Promise<IncompleteSchema | undefined> {
    for (const { name, subject, version } of schema.references ?? []) {
      if (found.has(name)) continue;
      if (found.size >= maxReferences) return incomplete(`expected at most ${maxReferences} references, got more`);
      const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`;
      // Deleted subjects are still referred to.
      const referred = (await ask(path)) ?? (await ask(`${path}?deleted=true`));
      if (referred === undefined) return incomplete(`expected the schema that it refers to at ${path}, got none`);
      const why = await collect(referred, found);
      if (why !== undefined) return why;
      found.set(name, referred.schema);
    }
    return undefined;
  }

  return {
    async schemaById(id): Promise<RegistrySchema | IncompleteSchema | undefined> {
      const schema = await ask(`/schemas/ids/${encodeURIComponent(id)}`);
      if (schema === undefined) return undefined;
      const type = schema.schemaType ?? 'AVRO';
      const found = new Map<string, string>();
      const why = await collect(schema, found);
      if (why !== undefined) return why;
      return {
        kind: kinds[type] ?? type,
        text: schema.schema,
        references: [...found].map(([name, text]) => ({ name, text })),
      };
    },
  };
}

const incomplete = (why: string): IncompleteSchema => ({ kind: 'incomplete', why });

/** The answer, whatever its status. @throws {RegistryUnreachable} */
export async function answered(url: string, { timeoutMs, access, refused }: Omit<RegistryServer, 'url'>) {
  try {
    const answer = await httpGet(url, await access(), timeoutMs);
    if (answer.status === 401 || answer.status === 403) refused?.();
    return answer;
  } catch (cause) {
    refused?.();
    throw new RegistryUnreachable(`${url}: expected an answer within ${timeoutMs} ms: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** A 404 of a proxy or of a wrong path says nothing of schemas: the registry's has a code that begins with 404. */
function isRegistrysOwn(text: string): boolean {
  try {
    return /^404\d\d$/.test(String((JSON.parse(text) as { error_code?: unknown }).error_code));
  } catch {
    return false;
  }
}

function parsedAnswer(asked: string, text: string): SchemaAnswer {
  try {
    const answer = JSON.parse(text) as SchemaAnswer;
    if (typeof answer.schema === 'string') return answer;
  } catch {
    // What is no JSON has no schema either.
  }
  throw new RegistryUnreachable(`${asked}: expected JSON with a schema, got ${text.slice(0, 80)}`);
}
