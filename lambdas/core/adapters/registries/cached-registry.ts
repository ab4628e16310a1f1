import type { IncompleteSchema, RegistrySchema, SchemaRegistry } from '#formats/registry.ts';

interface Clocked {
  clock: () => number;
  /** How long an unknown id is remembered as such. */
  unknownForMs: number;
}

/** Unknown ids that are remembered: garbage that looks like framing has any number of them. */
const maxUnknown = 10_000;

type Answer = RegistrySchema | IncompleteSchema | undefined;

/** A registry that is asked once for each schema, however many wait for it; schemas never change under their ids. */
export function cachedRegistry(registry: SchemaRegistry, { clock, unknownForMs }: Clocked): SchemaRegistry {
  const known = new Map<string, RegistrySchema>();
  const unknown = new Map<string, { answer: IncompleteSchema | undefined; untilMs: number }>();
  const underWay = new Map<string, Promise<Answer>>();

  async function ask(id: string): Promise<Answer> {
    try {
      const answer = await registry.schemaById(id);
      if (answer !== undefined && !('why' in answer)) known.set(id, answer);
      else {
        if (unknown.size >= maxUnknown) unknown.clear();
        unknown.set(id, { answer, untilMs: clock() + unknownForMs });
      }
      return answer;
    } finally {
      underWay.delete(id);
    }
  }

  return {
    async schemaById(id) {
      const schema = known.get(id);
      if (schema !== undefined) return schema;
      const remembered = unknown.get(id);
      if (remembered !== undefined && clock() < remembered.untilMs) return remembered.answer;
      let answer = underWay.get(id);
      if (answer === undefined) {
        answer = ask(id);
        underWay.set(id, answer);
      }
      return answer;
    },
  };
}
