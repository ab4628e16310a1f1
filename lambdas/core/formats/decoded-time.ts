const microsPerDay = 86_400_000_000n;
/** Days of 400 years of the Gregorian calendar, after which it repeats. */
const cycleDays = 146_097;
const cycleYears = 400;
const dayMs = 86_400_000;

/** A point of time, to the nanosecond. */
export class DecodedInstant {
  /** Microseconds since 1970 UTC; as the clock on the wall says, where `isLocal`. */
  readonly micros: bigint;
  /** Without a zone: a time of the calendar rather than a point of time. */
  readonly isLocal: boolean;
  /** 0 to 999, beyond the microseconds. */
  readonly nanos: number;

  constructor(micros: bigint, isLocal = false, nanos = 0) {
    this.micros = micros;
    this.isLocal = isLocal;
    this.nanos = nanos;
  }

  /** Nanoseconds since 1970, rounded down to the microsecond and what is left of them. */
  static ofNanos(nanos: bigint, isLocal = false): DecodedInstant {
    const rest = ((nanos % 1000n) + 1000n) % 1000n;
    return new DecodedInstant((nanos - rest) / 1000n, isLocal, Number(rest));
  }

  /** ISO 8601 with as many digits of the second (none, 3, 6 or 9) as it takes, and `Z` unless local. */
  get text(): string {
    const rest = ((this.micros % microsPerDay) + microsPerDay) % microsPerDay;
    const day = dateText(Number((this.micros - rest) / microsPerDay));
    const time = new Date(Number(rest / 1000n)).toISOString().slice(11, 19);
    const fraction = `${rest % 1_000_000n}`.padStart(6, '0') + `${this.nanos}`.padStart(3, '0');
    return `${day}T${time}${fractionText(fraction)}${this.isLocal ? '' : 'Z'}`;
  }
}

/** A day of the proleptic Gregorian calendar. */
export class DecodedDate {
  /** Since 1970-01-01. */
  readonly days: number;

  constructor(days: number) {
    this.days = days;
  }

  /** `YYYY-MM-DD`. */
  get text(): string {
    return dateText(this.days);
  }
}

function fractionText(nineDigits: string): string {
  if (nineDigits === '000000000') return '';
  if (nineDigits.endsWith('000000')) return `.${nineDigits.slice(0, 3)}`;
  return `.${nineDigits.endsWith('000') ? nineDigits.slice(0, 6) : nineDigits}`;
}

/** Years outside of 0 to 9999 have a sign and six digits or more (ISO 8601, expanded). */
function dateText(days: number): string {
  const cycles = Math.floor(days / cycleDays);
  const date = new Date((days - cycles * cycleDays) * dayMs);
  const year = date.getUTCFullYear() + cycles * cycleYears;
  const digits = String(Math.abs(year));
  const isExpanded = year < 0 || year > 9999;
  const yearText = isExpanded ? `${year < 0 ? '-' : '+'}${digits.padStart(6, '0')}` : digits.padStart(4, '0');
  return `${yearText}-${date.toISOString().slice(5, 10)}`;
}
