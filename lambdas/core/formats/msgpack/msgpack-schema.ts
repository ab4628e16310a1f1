import { z } from 'zod';
import { type ColumnType, columnType } from '#contract/column-settings.ts';
import type { DataType, StructType } from '#delta/schema.ts';

/**
 * A schema of MessagePack payloads, as a registry or a file has it: JSON such as
 * `{"name": "trades.Trade", "fields": [{"name": "id", "type": "long"}, {"name": "note", "type": "string", "index": 4}]}`. Types are
 * written as in a table's settings.
 */
const msgpackSchema = z.object({
  name: z.string().min(1).optional(),
  fields: z
    .array(
      z.object({
        name: z.string().min(1),
        type: columnType,
        index: z.int().min(0).max(65_535).optional(),
      }),
    )
    .min(1)
    .max(10_000),
});

/** A record of a schema: an array has its fields by index, a map by index or name. */
export interface RecordPlan {
  names: readonly string[];
  byName: ReadonlyMap<string, number>;
  /** Place of the field with each index; nothing: no field has it. */
  byIndex: readonly (number | undefined)[];
  /** How each field's own records are read. */
  inner: readonly ValuePlan[];
}

/** Where records of the schema lie inside a value; nothing: anywhere in it are none. */
export type ValuePlan =
  | { kind: 'record'; plan: RecordPlan }
  | { kind: 'list'; element: ValuePlan }
  | { kind: 'map'; value: ValuePlan }
  | undefined;

export interface MsgpackSchema {
  name: string | undefined;
  plan: RecordPlan;
  columns: StructType;
}

/** What stands in the text, or a sentence of what is wrong with it. */
export function parseMsgpackSchema(text: string): MsgpackSchema | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'expected JSON';
  }
  const parsed = msgpackSchema.safeParse(json);
  if (!parsed.success) return z.prettifyError(parsed.error);
  const { name, fields } = parsed.data;
  const plan = recordPlan(fields);
  if (typeof plan === 'string') return plan;
  return { name, plan, columns: structOf(fields) };
}

interface Field {
  name: string;
  type: ColumnType;
  index?: number | undefined;
}

/** Fields without an index have that of their place. */
function recordPlan(fields: readonly Field[]): RecordPlan | string {
  const names = fields.map(({ name }) => name);
  const byName = new Map(names.map((name, place) => [name, place]));
  const byIndex: (number | undefined)[] = [];
  const inner: ValuePlan[] = [];
  if (byName.size < names.length) return `expected each field's name once, got ${names.join(', ')}`;
  for (const [place, field] of fields.entries()) {
    const index = field.index ?? place;
    if (byIndex[index] !== undefined) return `expected each field's index once, got ${index} twice`;
    byIndex[index] = place;
    const plan = valuePlan(field.type);
    if (typeof plan === 'string') return `field ${field.name}: ${plan}`;
    inner.push(plan);
  }
  return { names, byName, byIndex, inner };
}

function valuePlan(type: ColumnType): ValuePlan | string {
  if (typeof type === 'string') return undefined;
  switch (type.type) {
    case 'struct': {
      const plan = recordPlan(type.fields);
      return typeof plan === 'string' ? plan : { kind: 'record', plan };
    }
    case 'array': {
      const element = valuePlan(type.elementType);
      return typeof element === 'string' ? element : { kind: 'list', element };
    }
    case 'map': {
      const value = valuePlan(type.valueType);
      return typeof value === 'string' ? value : { kind: 'map', value };
    }
  }
}

const structOf = (fields: readonly Field[]): StructType => ({
  type: 'struct',
  fields: fields.map(({ name, type }) => ({ name, type: dataTypeOf(type), nullable: true, metadata: {} })),
});

function dataTypeOf(type: ColumnType): DataType {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'struct':
      return structOf(type.fields);
    case 'array':
      return { ...type, elementType: dataTypeOf(type.elementType) };
    case 'map':
      return { ...type, keyType: dataTypeOf(type.keyType), valueType: dataTypeOf(type.valueType) };
  }
}
