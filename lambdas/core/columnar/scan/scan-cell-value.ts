import {
  kindBoolean,
  kindByte,
  kindDate,
  kindDouble,
  kindFloat,
  kindInteger,
  kindShort,
  kindWideDecimal,
} from '../kernel/assembly/layout.ts';
import type { ColumnValue } from '../vector/column.ts';

const wordBits = 64n;

/** Writes a value of one width into its cell; `kind` as in kernel/layout.ts. */
export function writeCell(view: DataView, kind: number, cell: number, value: ColumnValue): void {
  switch (kind) {
    case kindDouble:
      view.setFloat64(cell, value as number, true);
      break;
    case kindFloat:
      view.setFloat32(cell, value as number, true);
      break;
    case kindInteger:
    case kindDate:
      view.setInt32(cell, value as number, true);
      break;
    case kindShort:
      view.setInt16(cell, value as number, true);
      break;
    case kindByte:
      view.setInt8(cell, value as number);
      break;
    case kindBoolean:
      view.setInt8(cell, value === true ? 1 : 0);
      break;
    case kindWideDecimal:
      view.setBigInt64(cell, BigInt.asIntN(64, value as bigint), true);
      view.setBigInt64(cell + 8, (value as bigint) >> wordBits, true);
      break;
    default:
      view.setBigInt64(cell, value as bigint, true);
  }
}

/** The value of one width in a cell. */
export function readCell(view: DataView, kind: number, cell: number): ColumnValue {
  switch (kind) {
    case kindDouble:
      return view.getFloat64(cell, true);
    case kindFloat:
      return view.getFloat32(cell, true);
    case kindInteger:
    case kindDate:
      return view.getInt32(cell, true);
    case kindShort:
      return view.getInt16(cell, true);
    case kindByte:
      return view.getInt8(cell);
    case kindBoolean:
      return view.getInt8(cell) === 1;
    case kindWideDecimal:
      return view.getBigUint64(cell, true) + (view.getBigInt64(cell + 8, true) << wordBits);
    default:
      return view.getBigInt64(cell, true);
  }
}
