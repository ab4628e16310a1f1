import type { SchemaElement } from './schema-element.ts';

const int32 = 1;
const int64 = 2;
const repeated = 2;

/** Logical types that older writers say by a converted type alone (parquet-format, LogicalTypes.md). */
const logicalOf: Readonly<Record<number, Record<string, unknown>>> = {
  0: { field_1: {} },
  1: { field_2: {} },
  3: { field_3: {} },
  4: { field_4: {} },
  6: { field_6: {} },
  7: { field_7: { field_1: true, field_2: { field_1: {} } } },
  8: { field_7: { field_1: true, field_2: { field_2: {} } } },
  9: { field_8: { field_1: true, field_2: { field_1: {} } } },
  10: { field_8: { field_1: true, field_2: { field_2: {} } } },
  11: { field_10: { field_1: 8, field_2: false } },
  12: { field_10: { field_1: 16, field_2: false } },
  13: { field_10: { field_1: 32, field_2: false } },
  14: { field_10: { field_1: 64, field_2: false } },
  15: { field_10: { field_1: 8, field_2: true } },
  16: { field_10: { field_1: 16, field_2: true } },
  17: { field_10: { field_1: 32, field_2: true } },
  18: { field_10: { field_1: 64, field_2: true } },
  19: { field_12: {} },
  20: { field_13: {} },
};
const decimal = 5;
const keyValue = 2;

/** What an element's annotation means, in one form however it is written; nothing where it says no more than the physical type. */
export function meaningOf(element: SchemaElement): Record<string, unknown> | undefined {
  const { field_1: type, field_3: repetition, field_6: converted, field_7: scale = 0, field_8: precision } = element;
  // Older writers annotate the repeated group within a map, which says nothing of its own.
  if (converted === keyValue && repetition === repeated && type === undefined) return undefined;
  const byConverted =
    converted === undefined
      ? undefined
      : converted === decimal
        ? { field_5: { field_1: scale, field_2: precision } }
        : (logicalOf[converted] ?? { converted });
  const meaning = element.field_10 ?? byConverted;
  const integer = meaning?.field_10 as { field_1: number; field_2: boolean } | undefined;
  const isPlain = integer?.field_2 === true && integer.field_1 === (type === int32 ? 32 : type === int64 ? 64 : 0);
  return isPlain ? undefined : meaning;
}
