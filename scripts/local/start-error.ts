/** What a person can put right, in a sentence: it is told without a stack. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}

/** Options that cannot be used: what was given and what was expected. */
export class OptionsError extends StartError {
  override readonly name = 'OptionsError';
}
