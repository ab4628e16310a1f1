import type { DecodeFailure } from '../payload-decoder.ts';

/** Ends the reading of a payload that is not as its schema has it. */
export class AvroRefusal extends Error {
  readonly error: DecodeFailure['error'];

  constructor(error: DecodeFailure['error'], message: string) {
    super(message);
    this.error = error;
  }
}
