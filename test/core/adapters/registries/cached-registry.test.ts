import { expect, test } from 'vitest';
import { cachedRegistry } from '#adapters/registries/cached-registry.ts';
import { type RegistrySchema, RegistryUnreachable, type SchemaRegistry } from '#formats/registry.ts';

const schema: RegistrySchema = { kind: 'avro', text: '"int"', references: [] };

function counted(answer: (id: string) => RegistrySchema | undefined) {
  const asked: string[] = [];
  const registry: SchemaRegistry = {
    async schemaById(id) {
      asked.push(id);
      return answer(id);
    },
  };
  return { asked, registry };
}

test('a schema is asked for once, however many wait for it', async () => {
  const { asked, registry } = counted(() => schema);
  const cached = cachedRegistry(registry, { clock: () => 0, unknownForMs: 1_000 });
  const answers = await Promise.all(Array.from({ length: 10 }, () => cached.schemaById('1')));
  answers.push(await cached.schemaById('1'));
  expect([asked, new Set(answers)]).toEqual([['1'], new Set([schema])]);
});

test('that there is none is remembered for a while', async () => {
  let nowMs = 0;
  let known = false;
  const { asked, registry } = counted(() => (known ? schema : undefined));
  const cached = cachedRegistry(registry, { clock: () => nowMs, unknownForMs: 1_000 });
  expect(await cached.schemaById('1')).toBeUndefined();
  known = true;
  nowMs = 999;
  expect(await cached.schemaById('1')).toBeUndefined();
  nowMs = 1_000;
  expect(await cached.schemaById('1')).toEqual(schema);
  expect(asked).toHaveLength(2);
});

test('an outage is not remembered', async () => {
  let isUp = false;
  const { registry } = counted(() => {
    if (!isUp) throw new RegistryUnreachable('down');
    return schema;
  });
  const cached = cachedRegistry(registry, { clock: () => 0, unknownForMs: 1_000 });
  await expect(Promise.all([cached.schemaById('1'), cached.schemaById('1')])).rejects.toThrow('down');
  isUp = true;
  expect(await cached.schemaById('1')).toEqual(schema);
});
