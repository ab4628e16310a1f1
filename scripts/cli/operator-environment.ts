import { functionEnvironment } from '#adapters/aws/function-environment.ts';
import { SetupError } from './verb.ts';

/**
 * What the functions' environment variables say to an operator's command.
 *
 * @throws {SetupError} naming those that are unset.
 */
export const operatorEnvironment: typeof functionEnvironment = (...nouns) => {
  try {
    return functionEnvironment(...nouns);
  } catch (cause) {
    throw new SetupError((cause as Error).message, { cause });
  }
};
