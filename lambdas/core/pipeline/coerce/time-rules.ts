import { type EpochUnit, microsecondDigits } from '#contract/epoch-unit.ts';
import type { DecodedDate, DecodedInstant } from '#formats/decoded-value.ts';
import { type DecodedValue, doubleText, kindOf, type NumberToken } from '#formats/decoded-value.ts';
import { scaledFloor, scaledInteger } from './exact-number.ts';
import { type IsoTime, isInCalendar, parseIsoTime } from './iso-time.ts';
import { Misfit } from './misfit.ts';
import { lossy, type Rule, type Rules, rule, shown } from './rule.ts';

type Value = Exclude<DecodedValue, null>;

const microsPerDay = 86_400_000_000n;

const timeExpected = {
  date: 'date (YYYY-MM-DD)',
  timestamp: 'timestamp (ISO 8601 with Z or an offset, to the microsecond)',
  timestamp_ntz: 'timestamp_ntz (ISO 8601 without an offset, to the microsecond)',
} as const;

export type TimeType = keyof typeof timeExpected;

export const isTimeType = (type: unknown): type is TimeType => typeof type === 'string' && type in timeExpected;

export function timeRules(type: TimeType, epochUnit: EpochUnit | undefined, truncates: boolean): Rules {
  switch (type) {
    case 'date':
      return {
        string: textRule(type, truncates),
        date: rule('exact', dayNote, (value: DecodedDate) => calendarDay(value)),
      };
    case 'timestamp':
      return {
        string: textRule(type, truncates),
        instant: instantRule(type, truncates),
        ...(epochUnit && epochRules(epochUnit, truncates)),
      };
    case 'timestamp_ntz':
      return {
        string: textRule(type, truncates),
        'local time': instantRule(type, truncates),
        date: rule(
          'exact',
          `midnight of ${dayNote}`,
          (value: DecodedDate) => BigInt(calendarDay(value)) * microsPerDay,
        ),
      };
  }
}

const years = 'the years 0001 to 9999';
const dayNote = `a day of ${years}`;

const outside = (expected: string, value: Value): Misfit =>
  new Misfit('InvalidTimestamp', `expected ${expected}, got ${kindOf(value)} ${shown(value)}: not in ${years}`);

function calendarDay(value: DecodedDate): number {
  if (!Number.isInteger(value.days) || !isInCalendar(BigInt(value.days) * microsPerDay)) throw outside('date', value);
  return value.days;
}

const instantRule = (type: TimeType, truncates: boolean): Rule =>
  rule(
    'exact',
    `of ${years}, in whole microseconds (\`nanoseconds: truncate\` leaves away the rest)`,
    (value: DecodedInstant) => {
      if (value.nanos !== 0 && !truncates) throw lossy(type, value);
      if (!isInCalendar(value.micros)) throw outside(type, value);
      return value.micros;
    },
  );

const textNotes: Record<TimeType, string> = {
  date: 'ISO 8601: `YYYY-MM-DD`',
  timestamp: 'ISO 8601 with `Z` or an offset, to the microsecond',
  timestamp_ntz: 'ISO 8601 without an offset, to the microsecond',
};

const textRule = (type: TimeType, truncates: boolean): Rule =>
  rule('exact', textNotes[type], (value: string) => {
    const time = parseIsoTime(value, truncates);
    if (type === 'date' && time.kind === 'date') return time.days;
    if (type === 'timestamp' && time.kind === 'instant') return time.micros;
    if (type === 'timestamp_ntz' && time.kind === 'local') return time.micros;
    const message = `expected ${timeExpected[type]}, got string ${shown(value)}: ${timeFound(time)}`;
    throw new Misfit('InvalidTimestamp', message);
  });

/** The type as messages name it. */
export const timeTypeName = (type: TimeType, epochUnit: EpochUnit | undefined): string =>
  type === 'timestamp' && epochUnit !== undefined
    ? `timestamp (a number of ${epochUnit} since 1970, or ISO 8601 with Z or an offset, to the microsecond)`
    : timeExpected[type];

/** A timestamp that also takes numbers: exactly, or not at all. */
function epochRules(unit: EpochUnit, truncates: boolean): Rules {
  const expected = timeTypeName('timestamp', unit);
  const ofDigits = (text: string, value: Value): bigint => {
    const micros = (truncates ? scaledFloor : scaledInteger)(text, microsecondDigits[unit]);
    if (micros === undefined) throw lossy(expected, value);
    if (!isInCalendar(micros)) throw outside(expected, value);
    return micros;
  };
  const note = `\`epochUnit\`s since 1970, if that is whole microseconds of ${years}`;
  return {
    number: rule('exact', note, (value: NumberToken) => ofDigits(value.text, value)),
    double: rule('exact', note, (value: number) => ofDigits(doubleText(value), value)),
    integer: rule('exact', note, (value: bigint) => ofDigits(String(value), value)),
  };
}

function timeFound(time: IsoTime): string {
  switch (time.kind) {
    case 'invalid':
      return time.reason;
    case 'date':
      return 'a date';
    case 'local':
      return 'without an offset';
    case 'instant':
      return 'with an offset';
  }
}
