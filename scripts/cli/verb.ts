/** A command of the operator's command line. */
export interface Verb {
  /** What follows `alluvium `, and what it does. */
  usage: string;
  purpose: string;
  /** `root` is the repository's folder; answers what to print: a text, or lines as they come. */
  run(args: string[], root: string): Promise<string | AsyncIterable<string>>;
}

/** A command that was not given as it must be: the message says what was expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
