import { decodeBase64 } from './base64';
import { writeWideDecimal } from './decimal';
import { haltFor } from './halt';
import {
  columnCells,
  columnEnds,
  columnGreatest,
  columnInner,
  columnItems,
  columnKind,
  columnLeast,
  columnPrecision,
  columnPresent,
  columnScale,
  columnStamp,
  haltForPowers,
  kindBinary,
  kindBoolean,
  kindByte,
  kindDate,
  kindDecimal,
  kindDouble,
  kindFloat,
  kindInteger,
  kindList,
  kindLocalTime,
  kindLong,
  kindOpen,
  kindShort,
  kindSkipped,
  kindString,
  kindStruct,
  kindTee,
  kindText,
  kindTimestamp,
  kindUnits,
  kindUnknown,
  kindWideDecimal,
  maxDepth,
} from './layout';
import { tables } from './names';
import {
  digitsEnd,
  digitsStart,
  integer,
  needsPowers,
  negative,
  readNumber,
  readQuotedNumber,
  toDouble,
  toInteger,
  writtenPower,
} from './number';
import { skipValue } from './raw';
import { readList, readObject } from './record';
import { plainEnd, unescape, unescapedEnd } from './text';
import { dateOnly, instant, localTime, readTime, timeEnd, timeValue } from './time';

const quote: u8 = 0x22;

/** Where the next text without its escapes goes. */
let appendix: usize = 0;

export function useAppendix(at: usize): void {
  appendix = at;
}

export function appendixEnd(): usize {
  return appendix;
}

/** Reads a value that is not null into its column's row. Answers where it ends, or 0. */
export function readValue(p: usize, c: u8, column: usize, row: usize, depth: i32): usize {
  const cells = <usize>load<u32>(column, columnCells);
  switch (load<u32>(column, columnKind)) {
    case kindText:
      if (c != quote) return 0;
    case kindString: {
      let start = p;
      let end: usize;
      if (c == quote) {
        end = plainEnd(++start);
        p = end + 1;
        if (load<u8>(end) != quote) {
          if (load<u8>(end) != 0x5c) return 0;
          p = unescape(start, end, appendix);
          if (p == 0) return 0;
          p++;
          start = appendix;
          end = unescapedEnd;
          appendix = end;
        }
      } else {
        end = skipValue(p, depth, false);
        if (end == 0) return 0;
        p = end;
      }
      const at = row << 2;
      store<u32>(cells + at, <u32>start);
      store<u32>(<usize>load<u32>(column, columnEnds) + at, <u32>end);
      return p;
    }
    case kindDouble: {
      p = readNumber(p);
      if (p == 0) return 0;
      const double = toDouble();
      if (double != double) {
        if (needsPowers) haltFor(haltForPowers);
        return 0;
      }
      store<f64>(cells + (row << 3), double);
      return p;
    }
    case kindFloat: {
      p = readNumber(p);
      if (p == 0) return 0;
      const double = toDouble();
      if (needsPowers) haltFor(haltForPowers);
      const float = <f32>double;
      const isRounded = <f64>float != double;
      // What overflows, vanishes or is a rounded integer is lost.
      if (double != double || (isRounded && (Math.floor(double) == double || float == 0 || !isFinite<f32>(float))))
        return 0;
      store<f32>(cells + (row << 2), float);
      return p;
    }
    case kindLong:
    case kindDecimal: {
      p = c == quote ? readQuotedNumber(p + 1) : readNumber(p);
      if (p == 0) return 0;
      const scale = load<i32>(column, columnScale);
      if (!toInteger(scale, load<i64>(column, columnLeast), load<i64>(column, columnGreatest))) return 0;
      store<i64>(cells + (row << 3), integer);
      return p;
    }
    case kindInteger: {
      p = readNumber(p);
      if (p == 0 || !toInteger(0, <i64>i32.MIN_VALUE, <i64>i32.MAX_VALUE)) return 0;
      store<i32>(cells + (row << 2), <i32>integer);
      return p;
    }
    case kindShort: {
      p = readNumber(p);
      if (p == 0 || !toInteger(0, <i64>i16.MIN_VALUE, <i64>i16.MAX_VALUE)) return 0;
      store<i16>(cells + (row << 1), <i16>integer);
      return p;
    }
    case kindByte: {
      p = readNumber(p);
      if (p == 0 || !toInteger(0, <i64>i8.MIN_VALUE, <i64>i8.MAX_VALUE)) return 0;
      store<i8>(cells + row, <i8>integer);
      return p;
    }
    case kindBoolean: {
      if (load<u32>(p) == 0x65757274) {
        store<u8>(cells + row, 1);
        return p + 4;
      }
      if (c != 0x66 || load<u32>(p, 1) != 0x65736c61) return 0;
      store<u8>(cells + row, 0);
      return p + 5;
    }
    case kindTimestamp: {
      if (c == quote) {
        if (readTime(p + 1) != instant) return 0;
        store<i64>(cells + (row << 3), timeValue);
        return timeEnd;
      }
      // No number is between a column's bounds that has no unit for numbers.
      p = readNumber(p);
      const scale = load<i32>(column, columnScale);
      if (p == 0 || !toInteger(scale, load<i64>(column, columnLeast), load<i64>(column, columnGreatest))) return 0;
      store<i64>(cells + (row << 3), integer);
      return p;
    }
    case kindLocalTime: {
      if (c != quote || readTime(p + 1) != localTime) return 0;
      store<i64>(cells + (row << 3), timeValue);
      return timeEnd;
    }
    case kindDate: {
      if (c != quote || readTime(p + 1) != dateOnly) return 0;
      store<i32>(cells + (row << 2), <i32>timeValue);
      return timeEnd;
    }
    case kindBinary: {
      if (c != quote) return 0;
      const end = plainEnd(++p);
      if (load<u8>(end) != quote) return 0;
      const decodedEnd = decodeBase64(p, end, appendix);
      if (decodedEnd == 0) return 0;
      const at = row << 2;
      store<u32>(cells + at, <u32>appendix);
      store<u32>(<usize>load<u32>(column, columnEnds) + at, <u32>decodedEnd);
      appendix = decodedEnd;
      return end + 1;
    }
    case kindWideDecimal: {
      p = c == quote ? readQuotedNumber(p + 1) : readNumber(p);
      if (p == 0) return 0;
      const power = writtenPower + load<i32>(column, columnScale);
      const out = cells + (row << 4);
      return writeWideDecimal(digitsStart, digitsEnd, power, negative, load<i32>(column, columnPrecision), out) ? p : 0;
    }
    case kindList: {
      if (c != 0x5b || depth == maxDepth) return 0;
      return readList(p + 1, column, row, depth + 1);
    }
    case kindStruct: {
      if (c != 0x7b || depth == maxDepth) return 0;
      return readObject(p + 1, tables + <usize>load<u32>(column, columnInner), row, depth + 1);
    }
    case kindUnknown:
      return skipValue(p, depth, true);
    case kindSkipped:
      return skipValue(p, depth, false);
    case kindTee:
      return readTee(p, c, column, row, depth);
    case kindOpen: {
      if (c != 0x7b) return skipValue(p, depth, false);
      if (depth == maxDepth) return 0;
      return readObject(p + 1, tables + <usize>load<u32>(column, columnInner), row, depth + 1);
    }
    case kindUnits: {
      p = readNumber(p);
      if (p == 0 || !toInteger(0, load<i64>(column, columnLeast), load<i64>(column, columnGreatest))) return 0;
      store<i64>(cells + (row << 3), integer * <i64>load<i32>(column, columnScale));
      return p;
    }
    default:
      return 0;
  }
}

/** Reads a value into the row of several columns. Answers where it ends, or 0. */
function readTee(p: usize, c: u8, column: usize, row: usize, depth: i32): usize {
  if (!stampAll(column, load<u32>(column, columnStamp))) return 0;
  let each = tables + <usize>load<u32>(column, columnInner);
  let end: usize = 0;
  for (let count = load<i32>(column, columnItems); count > 0; count--, each += 4) {
    const one = tables + <usize>load<u32>(each);
    end = readValue(p, c, one, row, depth);
    if (end == 0) return 0;
    store<u8>(<usize>load<u32>(one, columnPresent) + row, 1);
  }
  return end;
}

/** Marks several columns as met in an object; false where one of them is already. */
export function stampAll(column: usize, stamp: u32): bool {
  let each = tables + <usize>load<u32>(column, columnInner);
  for (let count = load<i32>(column, columnItems); count > 0; count--, each += 4) {
    const one = tables + <usize>load<u32>(each);
    if (load<u32>(one, columnStamp) == stamp) return false;
    store<u32>(one, stamp, columnStamp);
  }
  return true;
}
