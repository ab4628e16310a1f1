const pattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(?:([Zz])|([+-])(\d{2})(?::?(\d{2}))?)?)?$/;

const microsPerMinute = 60_000_000;

export type IsoTime =
  | { kind: 'date'; days: number }
  /** Microseconds as the clock on the wall says, for `local`; since 1970 UTC, for `instant`. */
  | { kind: 'local' | 'instant'; micros: bigint }
  | { kind: 'invalid'; reason: string };

/**
 * Reads a date, a date with a time, or an instant (ISO 8601 extended, years 0001 to 9999), to the microsecond exactly; with
 * `truncates` what is finer is left away.
 */
export function parseIsoTime(text: string, truncates = false): IsoTime {
  const match = pattern.exec(text);
  if (match === null) return { kind: 'invalid', reason: 'no date and time of ISO 8601' };
  const [
    ,
    year,
    month,
    day,
    hour,
    minute,
    second = '00',
    fraction = '',
    utc,
    sign,
    zoneHour = '00',
    zoneMinute = '00',
  ] = match;
  const days = epochDays(Number(year), Number(month), Number(day));
  if (days === undefined) return { kind: 'invalid', reason: 'no day of the calendar' };
  if (hour === undefined || minute === undefined) return { kind: 'date', days };
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    return { kind: 'invalid', reason: 'no time of day' };
  }
  if (!truncates && /[1-9]/.test(fraction.slice(6))) return { kind: 'invalid', reason: 'finer than microseconds' };
  const minutes = days * 1440 + Number(hour) * 60 + Number(minute);
  const fine = Number(second) * 1_000_000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
  if (utc === undefined && sign === undefined) return { kind: 'local', micros: micros(minutes, fine) };
  if (Number(zoneHour) > 18 || Number(zoneMinute) > 59) return { kind: 'invalid', reason: 'no offset from UTC' };
  const offset = (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === '-' ? -1 : 1);
  const instant = micros(minutes - offset, fine);
  return isInCalendar(instant)
    ? { kind: 'instant', micros: instant }
    : { kind: 'invalid', reason: 'not in the years 0001 to 9999 of UTC' };
}

const micros = (minutes: number, fine: number): bigint => BigInt(minutes) * BigInt(microsPerMinute) + BigInt(fine);

/** Microseconds since 1970 of the first and the last instant of the years 0001 to 9999. */
export const firstInstant = -62_135_596_800_000_000n;
export const lastInstant = 253_402_300_799_999_999n;

/** Whether an instant lies in these years, which is what `parseIsoTime` reads and `isoInstant` writes. */
export const isInCalendar = (micros: bigint): boolean => micros >= firstInstant && micros <= lastInstant;

/** An instant as ISO 8601 in UTC, with as many digits of the second (none, 3 or 6) as it takes; nothing outside of the calendar. */
export function isoInstant(micros: bigint): string | undefined {
  if (!isInCalendar(micros)) return undefined;
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const text = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19);
  if (fraction === 0n) return `${text}Z`;
  const digits = String(fraction).padStart(6, '0');
  return `${text}.${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`;
}

/** Days since 1970 of a day in the proleptic Gregorian calendar, where there is such a day. */
function epochDays(year: number, month: number, day: number): number | undefined {
  if (year === 0) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.getTime() / 86_400_000 : undefined;
}
