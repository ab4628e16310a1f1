import { columnKeyOf, columnNameOf } from '#contract/column-name.ts';
import { epochUnitKey, epochUnits } from '#contract/epoch-unit.ts';
import type { DataType, StructField, StructType } from '#delta/schema.ts';
import { positionFields } from '#pipeline/ingest/position-columns.ts';
import type { SeededRandom } from '../../../scripts/local/seeded-random.ts';

/** Fields as producers call them: some collide with others once they are columns, some need escapes, some are special in JavaScript. */
export const fieldNames = [
  'id',
  'ID',
  'timestamp',
  'at',
  'user',
  'user id',
  'user_id',
  'User Id',
  'value',
  'val',
  'v',
  'metadata',
  'Größe',
  'GRÖSSE',
  '河口',
  'İd',
  'K',
  '\u212a',
  'a"b',
  'a\\b',
  'a/b',
  'tab\tname',
  '',
  '_',
  '__proto__',
  'constructor',
  'toString',
  '0',
  '1e3',
  'null',
  '😀',
  'x'.repeat(15),
  'x'.repeat(16),
  'x'.repeat(17),
  'long name '.repeat(40),
] as const;

const leaves = [
  ...['string', 'string', 'string', 'string', 'double', 'double', 'long', 'long', 'timestamp', 'timestamp'],
  ...['boolean', 'integer', 'short', 'byte', 'float', 'binary', 'date', 'timestamp_ntz'],
  ...['decimal(9,2)', 'decimal(18,0)', 'decimal(20,0)', 'decimal(38,10)', 'decimal(5,5)', 'decimal(1,0)'],
] as const;

const decided = (random: SeededRandom, chance: number): boolean => random.next() < chance;

function randomType(random: SeededRandom, depth: number): DataType {
  if (depth > 0 && decided(random, 0.2)) {
    switch (random.integer(0, 8)) {
      case 0:
        return { type: 'map', keyType: 'string', valueType: 'long', valueContainsNull: true };
      case 1:
      case 2:
      case 3:
        return { type: 'array', elementType: randomType(random, depth - 1), containsNull: decided(random, 0.7) };
      default:
        return { type: 'struct', fields: randomFields(random, random.integer(1, 4), depth - 1) };
    }
  }
  return random.pick(leaves);
}

const randomMetadata = (random: SeededRandom, type: DataType): Record<string, unknown> =>
  type === 'timestamp' && decided(random, 0.2) ? { [epochUnitKey]: random.pick(epochUnits) } : {};

/** Columns whose names differ, as Delta compares them. */
function randomFields(random: SeededRandom, count: number, depth: number): StructField[] {
  const fields = new Map<string, StructField>();
  while (fields.size < count) {
    const name = columnNameOf(count > 24 ? `column ${fields.size}` : random.pick(fieldNames));
    const type = randomType(random, depth);
    fields.set(columnKeyOf(name), {
      name,
      type,
      nullable: decided(random, 0.95),
      metadata: randomMetadata(random, type),
    });
  }
  return [...fields.values()];
}

/** Columns of a table; the last are those of positions where the table has them. */
export function randomSchema(random: SeededRandom, positionColumns: boolean): StructType {
  const size = random.next();
  const count = size < 0.01 ? random.integer(25, 300) : size < 0.1 ? random.integer(13, 24) : random.integer(1, 9);
  const fields = randomFields(random, count, 2);
  return { type: 'struct', fields: positionColumns ? [...fields, ...positionFields] : fields };
}
