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
  override readonly name: string = 'UsageError';
}

/** Settings or environment variables that are not as they must be: the command itself was given as it must be. */
export class SetupError extends UsageError {
  override readonly name = 'SetupError';
}
