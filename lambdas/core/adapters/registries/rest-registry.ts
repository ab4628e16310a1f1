import { type RegistrySchema, RegistryUnreachable, type SchemaRegistry } from '#formats/registry.ts';
import { answered, type RegistryServer } from './confluent-registry.ts';

/** A service whose URLs, made of an id each, answer with a schema's text. 404 and 410 say that there is none. */
export const restRegistry = ({ url, ...server }: RegistryServer): SchemaRegistry => ({
  async schemaById(id): Promise<RegistrySchema | undefined> {
    const asked = url.replace('{id}', encodeURIComponent(id));
    const { status, text } = await answered(asked, server);
    if (status === 404 || status === 410) return undefined;
    if (status !== 200) throw new RegistryUnreachable(`${asked}: expected status 200, 404 or 410, got ${status}`);
    if (!isJson(text)) throw new RegistryUnreachable(`${asked}: expected JSON, got ${text.slice(0, 80)}`);
    return { kind: 'msgpack', text, references: [] };
  },
});

/** A page to sign in, or one that says sorry, may come with status 200, and is no schema. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
