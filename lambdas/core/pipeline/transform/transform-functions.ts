import type { TransformFunction } from '#contract/transform-functions.ts';
import { NumberToken } from '#formats/decoded-value.ts';
import { wholePart } from '../coerce/exact-number.ts';
import { isoInstant, parseIsoTime } from '../coerce/iso-time.ts';

/** The characters `start` to `start + length` of a text, by code points; both whole and not negative. */
export function substring(text: string, start: number, length: number): string {
  for (const [name, value] of [
    ['start', start],
    ['length', length],
  ] as const) {
    if (!Number.isInteger(value) || value < 0) {
      throw new Error(`expected a whole number, not negative, as the ${name} of substr(), got ${value}`);
    }
  }
  if (!/[\ud800-\udfff]/.test(text)) return text.slice(start, start + length);
  return [...text].slice(start, start + length).join('');
}

/** How many microseconds a unit of these functions has. */
export const functionUnits = { seconds: 1_000_000n, millis: 1_000n, micros: 1n } as const;
export type FunctionUnit = keyof typeof functionUnits;

/** ISO 8601 of a number of whole units since 1970 UTC; a fraction of a unit, or of a microsecond, is cut off, as kafka-delta-ingest does. */
function epochToIso(text: string, unit: FunctionUnit | 'nanos'): string {
  const whole = wholePart(text);
  const micros = whole && (unit === 'nanos' ? whole / 1000n : whole * functionUnits[unit]);
  const iso = micros === undefined ? undefined : isoInstant(micros);
  if (iso === undefined) throw new Error(`expected ${unit} since 1970 in the years 0001 to 9999, got ${text}`);
  return iso;
}

/** Whole units since 1970 UTC of an instant in ISO 8601 with Z or an offset; what is finer is cut off. */
function isoToEpoch(text: string, unit: FunctionUnit): NumberToken {
  const time = parseIsoTime(text, true);
  if (time.kind !== 'instant') {
    throw new Error(`expected ISO 8601 with Z or an offset, got ${JSON.stringify(text)}`);
  }
  const size = functionUnits[unit];
  const rest = ((time.micros % size) + size) % size;
  return new NumberToken(String((time.micros - rest) / size));
}

function millisToMicros(text: string): NumberToken {
  const whole = wholePart(text);
  if (whole === undefined) throw new Error(`expected a number of milliseconds, got ${text}`);
  return new NumberToken(String(whole * 1000n));
}

const numberText = (value: unknown): string => (value instanceof NumberToken ? value.text : String(value));

/** Our functions, by arguments that have the kinds of `transformFunctions`. */
export const implementations: Record<TransformFunction, (args: never) => unknown> = {
  substr: ([text, start, length]: [string, unknown, unknown]) => substring(text, Number(start), Number(length)),
  epoch_seconds_to_iso8601: ([number]: [unknown]) => epochToIso(numberText(number), 'seconds'),
  epoch_millis_to_iso8601: ([number]: [unknown]) => epochToIso(numberText(number), 'millis'),
  epoch_micros_to_iso8601: ([number]: [unknown]) => epochToIso(numberText(number), 'micros'),
  epoch_nanos_to_iso8601: ([number]: [unknown]) => epochToIso(numberText(number), 'nanos'),
  epoch_millis_to_micro: ([number]: [unknown]) => millisToMicros(numberText(number)),
  iso8601_to_epoch_seconds: ([text]: [string]) => isoToEpoch(text, 'seconds'),
  iso8601_to_epoch_millis: ([text]: [string]) => isoToEpoch(text, 'millis'),
  iso8601_to_epoch_micros: ([text]: [string]) => isoToEpoch(text, 'micros'),
};
