import { z } from 'zod';
import { type EpochUnit, epochUnits } from './epoch-unit.ts';

/** A declared column type: one of Delta's primitives, `decimal(p,s)`, or a nested type in Delta's own JSON form. */
export type ColumnType =
  | string
  | { type: 'array'; elementType: ColumnType; containsNull: boolean }
  | { type: 'map'; keyType: ColumnType; valueType: ColumnType; valueContainsNull: boolean }
  | { type: 'struct'; fields: ColumnSettings[] };

export interface ColumnSettings {
  name: string;
  type: ColumnType;
  nullable: boolean;
  /** Of a timestamp: it takes numbers, which count this since 1970 UTC. */
  epochUnit?: EpochUnit | undefined;
}

/** Arrow's names of types, each as the narrowest type of Delta that holds all of its values. */
const arrowTypeNames: Readonly<Record<string, string>> = {
  Utf8: 'string',
  Int8: 'byte',
  Int16: 'short',
  Int32: 'integer',
  Int64: 'long',
  UInt8: 'short',
  UInt16: 'integer',
  UInt32: 'long',
  UInt64: 'decimal(20,0)',
  Float32: 'float',
  Float64: 'double',
  Boolean: 'boolean',
  Timestamp: 'timestamp',
  Binary: 'binary',
};

const primitive = z
  .string()
  .regex(
    new RegExp(
      `^(string|long|integer|short|byte|float|double|boolean|binary|date|timestamp|timestamp_ntz|decimal\\(\\d{1,2},\\d{1,2}\\)|${Object.keys(arrowTypeNames).join('|')})$`,
    ),
    `expected a Delta type: string, long, integer, short, byte, float, double, boolean, binary, date, timestamp, timestamp_ntz or decimal(p,s); or one of Arrow's names: ${Object.keys(arrowTypeNames).join(', ')}`,
  )
  .refine(
    (name) => isDecimalOfDelta(name),
    'expected a decimal of 1 to 38 digits, as many of them behind the point at most',
  );

function isDecimalOfDelta(name: string): boolean {
  const [, precision, scale] = /^decimal\((\d+),(\d+)\)$/.exec(name) ?? [];
  if (precision === undefined) return true;
  return Number(precision) >= 1 && Number(precision) <= 38 && Number(scale) <= Number(precision);
}

export const columnType: z.ZodType<ColumnType> = z.lazy(() =>
  z
    .union([
      primitive,
      z.strictObject({ type: z.literal('array'), elementType: columnType, containsNull: z.boolean().default(true) }),
      z.strictObject({
        type: z.literal('map'),
        keyType: columnType,
        valueType: columnType,
        valueContainsNull: z.boolean().default(true),
      }),
      z.strictObject({
        type: z.literal('struct'),
        fields: z
          .array(column)
          .min(1)
          .refine(
            (fields) => new Set(fields.map(({ name }) => name.toLowerCase())).size === fields.length,
            'expected each name once, since names compare without regard to case',
          ),
      }),
    ])
    .transform((type) => (typeof type === 'string' ? (arrowTypeNames[type] ?? type) : type)),
);

/** A column. Names follow Delta's rule for tables without column mapping: none of ` ,;{}()\n\t=`. */
export const column: z.ZodType<ColumnSettings> = z.lazy(() =>
  z
    .strictObject({
      name: z.string().regex(/^[^ ,;{}()\n\t=]+$/, 'expected a column name without any of " ,;{}()=", tab and newline'),
      type: columnType,
      nullable: z.boolean().default(true),
      epochUnit: z
        .enum(epochUnits)
        .optional()
        .describe('Of a timestamp: it also takes numbers, which count this since 1970 UTC.'),
    })
    .refine(({ type, epochUnit }) => epochUnit === undefined || type === 'timestamp', {
      path: ['epochUnit'],
      message: 'expected it with the type timestamp alone',
    }),
);
