import { errorNames } from '#contract/error-names.ts';

/** A table that others write is not handed over as things are: records would be missing or doubled. */
export class HandoverRefused extends Error {
  override readonly name = errorNames.handoverRefused;
}

/** A source is not sought elsewhere as things are. */
export class SeekRefused extends Error {
  override readonly name = errorNames.seekRefused;
}

/** A source is not drained: it does not come to its end. */
export class DrainRefused extends Error {
  override readonly name = errorNames.drainRefused;
}
