import type { ColumnValue } from '#columnar/vector/column.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import { type DataType, decimalOf } from '#delta/schema.ts';
import type { SeededRandom } from '../../../scripts/local/seeded-random.ts';
import { field } from '../../support/schemas.ts';

export interface FilledColumns {
  columns: RowColumns;
  rows: ColumnValue[][];
}

const leaves = [
  ...['string', 'string', 'binary', 'double', 'float', 'long', 'integer', 'short', 'byte', 'boolean'],
  ...['date', 'timestamp', 'timestamp_ntz', 'decimal(9,2)', 'decimal(18,4)', 'decimal(20,0)', 'decimal(38,10)'],
] as const;

const bits: Record<string, number> = { byte: 8, short: 16, integer: 32, long: 64 };
/** Those of the years 1 to 9999. */
const [firstDay, lastDay] = [-719_162, 2_932_896];

function randomType(random: SeededRandom, depth: number): DataType {
  if (depth === 0 || random.next() < 0.8) return random.pick(leaves);
  const kind = random.next();
  if (kind < 0.4) return { type: 'array', elementType: randomType(random, depth - 1), containsNull: true };
  if (kind < 0.6) {
    const keyType = random.pick(['string', 'long', 'date', 'decimal(18,4)']);
    return { type: 'map', keyType, valueType: randomType(random, depth - 1), valueContainsNull: true };
  }
  const fields = Array.from({ length: random.integer(1, 3) }, (_, at) =>
    field(`f${at}`, randomType(random, depth - 1)),
  );
  return { type: 'struct', fields };
}

const wholeBigint = (random: SeededRandom): bigint =>
  (BigInt(random.integer(0, 2 ** 31)) << 97n) |
  (BigInt(random.integer(0, 2 ** 32 - 1)) << 65n) |
  (BigInt(random.integer(0, 2 ** 32 - 1)) << 33n) |
  BigInt(random.integer(0, 2 ** 32 - 1));

function randomText(random: SeededRandom): string {
  switch (random.integer(0, 9)) {
    case 0:
      return '';
    case 1:
      return random
        .pick(['é', '東京', '\u{1f600}', '\ufffd', '\u{10ffff}', '\u0000', '\u007f'])
        .repeat(random.integer(1, 40));
    case 2:
      return 'x'.repeat(random.integer(30, 70));
    case 3:
      return random.next() < 0.005
        ? 'y'.repeat(random.integer(1_000, 300_000))
        : 'prefix that is long and shared by many '.concat(String(random.integer(0, 9)));
    default:
      return `value-${random.integer(0, 1_000_000)}`;
  }
}

/** Any value of a type but null, at the type's boundaries now and then. */
function randomValue(random: SeededRandom, type: DataType): ColumnValue {
  if (typeof type !== 'string') {
    if (type.type === 'struct') return type.fields.map((each) => nullable(random, each.type));
    if (type.type === 'array') {
      return Array.from({ length: random.pick([0, 1, 1, 2, 7]) }, () => nullable(random, type.elementType));
    }
    const keys = Array.from({ length: random.pick([0, 1, 1, 2, 7]) }, () => randomValue(random, type.keyType));
    return [...new Set(keys)].map((key) => [key, nullable(random, type.valueType)]);
  }
  const isEdge = random.next() < 0.03;
  switch (type) {
    case 'string':
      return randomText(random);
    case 'binary':
      return Buffer.from(randomText(random), random.pick(['utf8', 'latin1', 'hex', 'base64']));
    case 'boolean':
      return random.next() < 0.5;
    case 'double':
    case 'float': {
      const edges = [0, -0, Number.MIN_VALUE, Number.MAX_VALUE, -1.5e-300, 1, -1];
      const value = isEdge ? random.pick(edges) : (random.next() - 0.5) * 10 ** random.integer(-30, 30);
      return type === 'double' ? value : Math.fround(Math.min(3e38, Math.max(-3e38, value)));
    }
    case 'date':
      return isEdge ? random.pick([firstDay, lastDay, 0, -1]) : random.integer(0, 30_000);
    case 'timestamp':
    case 'timestamp_ntz': {
      const day = isEdge ? random.pick([firstDay, lastDay]) : random.integer(0, 30_000);
      return (
        BigInt(day) * 86_400_000_000n +
        BigInt(random.integer(0, 86_399)) * 1_000_000n +
        BigInt(random.integer(0, 999_999))
      );
    }
  }
  const size = bits[type];
  if (size !== undefined) {
    const limit = 2n ** BigInt(size - 1);
    const value = isEdge
      ? random.pick([limit - 1n, -limit, 0n])
      : BigInt.asIntN(size, wholeBigint(random) >> BigInt(random.integer(0, 120)));
    return type === 'long' ? value : Number(value);
  }
  const { precision } = decimalOf(type) as { precision: number };
  const limit = 10n ** BigInt(precision);
  const unscaled = isEdge ? limit - 1n : (wholeBigint(random) >> BigInt(random.integer(0, 120))) % limit;
  return random.next() < 0.5 ? unscaled : -unscaled;
}

const nullable = (random: SeededRandom, type: DataType): ColumnValue =>
  random.next() < 0.1 ? null : randomValue(random, type);

/** Values of one column: few or many different ones, in runs or in any order, some or all null. */
function randomColumn(random: SeededRandom, type: DataType, rows: number): ColumnValue[] {
  const nullShare = random.pick([0, 0, 0.02, 0.5, 0.98, 1]);
  const distinct = random.pick([1, 2, 3, 100, 1_000, rows, rows]);
  const pool = Array.from({ length: Math.max(1, Math.min(rows, distinct)) }, () => randomValue(random, type));
  const run = random.pick([1, 1, 1, 8, 9, 100, 1_000]);
  let at = 0;
  let isNull = false;
  return Array.from({ length: rows }, (_, row) => {
    if (row % run === 0) {
      at = distinct === rows ? row % pool.length : random.integer(0, pool.length - 1);
      isNull = random.next() < nullShare;
    }
    return isNull ? null : (pool[at] as ColumnValue);
  });
}

/** Columns of one file, at sizes where encoders change their ways: bit-packed groups of 8, pages, dictionaries that grow too large. */
export function randomColumns(random: SeededRandom): FilledColumns {
  const rows = random.pick([1, 2, 7, 8, 9, 63, 64, 65, 500, 1_000, 4_096, 9_999, 20_000, 66_000]);
  const count = rows > 10_000 ? random.integer(1, 2) : random.integer(1, 6);
  const fields = Array.from({ length: count }, (_, at) => field(`c${at}`, randomType(random, rows > 10_000 ? 0 : 2)));
  const values = fields.map(({ type }) => randomColumn(random, type, rows));
  const columns = new RowColumns(fields);
  const table = Array.from({ length: rows }, (_, row) => values.map((column) => column[row] as ColumnValue));
  for (const row of table) columns.append(row);
  return { columns, rows: table };
}
