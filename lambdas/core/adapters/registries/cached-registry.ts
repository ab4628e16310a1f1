import type { RegistrySchema, SchemaRegistry } from '#formats/registry.ts';

interface Clocked {
  clock: () => number;
  /** How long an unknown id is remembered as such. */
  unknownForMs: number;
}

/** Unknown ids that are remembered: garbage that looks like framing has any number of them. */
const maxUnknown = 10_000;

/** A registry that is asked once for each schema, however many wait for it; schemas never change under their ids. */
export function cachedRegistry(registry: SchemaRegistry, { clock, unknownForMs }: Clocked): SchemaRegistry {
  const known = new Map<string, RegistrySchema>();
  const unknownUntilMs = new Map<string, number>();
  const underWay = new Map<string, Promise<RegistrySchema | undefined>>();

  async function ask(id: string): Promise<RegistrySchema | undefined> {
    try {
      const schema = await registry.schemaById(id);
      if (schema !== undefined) known.set(id, schema);
      else {
        if (unknownUntilMs.size >= maxUnknown) unknownUntilMs.clear();
        unknownUntilMs.set(id, clock() + unknownForMs);
      }
      return schema;
    } finally {
      underWay.delete(id);
    }
  }

  return {
    async schemaById(id) {
      const schema = known.get(id);
      if (schema !== undefined) return schema;
      const untilMs = unknownUntilMs.get(id);
      if (untilMs !== undefined && clock() < untilMs) return undefined;
      let answer = underWay.get(id);
      if (answer === undefined) {
        answer = ask(id);
        underWay.set(id, answer);
      }
      return answer;
    },
  };
}
