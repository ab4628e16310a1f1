import { parseIsoTime } from '../coerce/iso-time.ts';

const msPerDay = 86_400_000;

/** Milliseconds of an instant in ISO 8601; without a zone it is in UTC. `undefined`: it is none. */
export function instantMs(text: string): number | undefined {
  const time = parseIsoTime(text, true);
  switch (time.kind) {
    case 'invalid':
      return undefined;
    case 'date':
      return time.days * msPerDay;
    case 'local':
    case 'instant':
      return Number(time.micros / 1000n);
  }
}
