import type { DecodeFailure } from '../payload-decoder.ts';

/** Why a message cannot be read; `path` grows outwards while it is thrown. */
export class Refusal extends Error {
  readonly error: DecodeFailure['error'];
  path = '';

  constructor(error: DecodeFailure['error'], message: string) {
    super(message);
    this.error = error;
  }
}
