import type { DecodeFailure } from '../payload-decoder.ts';

const longestPath = 500;

/** Ends the reading of a payload that is not as its schema has it. */
export class AvroRefusal extends Error {
  readonly error: DecodeFailure['error'];
  /** From where it was caught to what is wrong: `.a[3]`. */
  path = '';

  constructor(error: DecodeFailure['error'], message: string) {
    super(message);
    this.error = error;
  }
}

/** What ended the reading of a part of a payload, as whoever reads the whole throws it on. */
export function within(step: string, error: unknown): unknown {
  const refusal = isUnionsOwn(error)
    ? new AvroRefusal('InvalidPayload', `expected a type of the union: ${error.message}`)
    : error;
  if (refusal instanceof AvroRefusal && refusal.path.length < longestPath) refusal.path = step + refusal.path;
  return refusal;
}

/** avsc refuses a type of a union that there is not. */
const isUnionsOwn = (error: unknown): error is Error =>
  error instanceof Error && error.message.startsWith('invalid union index');
