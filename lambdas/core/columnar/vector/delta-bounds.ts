import { type DataType, decimalOf } from '#delta/schema.ts';
import type { Bounds } from './column.ts';
import { decimalText } from './decimal-text.ts';
import { printDateBound, printFloat, printTimestamp } from './fixed-columns.ts';
import type { Extremes } from './stored-values.ts';
import { greatestStringBound, leastStringBound } from './string-bounds.ts';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Delta's bounds of values whose least and greatest are known; nothing for types without bounds. */
export function deltaBounds(type: DataType, { least, greatest }: Extremes): Bounds | undefined {
  if (type === 'string') {
    const max = greatestStringBound(utf8.decode(greatest as Uint8Array));
    return {
      min: JSON.stringify(leastStringBound(utf8.decode(least as Uint8Array))),
      ...(max === undefined ? {} : { max: JSON.stringify(max) }),
    };
  }
  const print = printerOf(type);
  const min = print?.(least as never);
  const max = print?.(greatest as never);
  return min === undefined || max === undefined ? undefined : { min, max };
}

function printerOf(type: DataType): ((value: never) => string | undefined) | undefined {
  const decimal = decimalOf(type);
  if (decimal !== undefined) return (unscaled: number | bigint) => decimalText(BigInt(unscaled), decimal.scale);
  switch (type) {
    case 'byte':
    case 'short':
    case 'integer':
    case 'long':
      return String;
    case 'float':
    case 'double':
      return printFloat;
    case 'date':
      return printDateBound;
    case 'timestamp':
      return (micros: bigint) => printTimestamp(micros, 'Z');
    case 'timestamp_ntz':
      return (micros: bigint) => printTimestamp(micros, '');
    default:
      return undefined;
  }
}
