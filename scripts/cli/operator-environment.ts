import { functionEnvironment } from '#adapters/aws/function-environment.ts';
import { environmentVariables } from '#contract/environment.ts';
import type { Settings } from '#contract/settings.ts';
import { SetupError } from './verb.ts';

type LakeNoun = 'ledgerTable' | 'lakeBucket' | 'deltaLogTable' | 'restoreMachineArn';

/** What stacks call things, with the environment's name; whatever else they are called may be of any. */
const stackNames: Readonly<Record<LakeNoun, readonly [example: string, pattern: RegExp]>> = {
  ledgerTable: ['alluvium-<environment>-ledger', /^alluvium-(.+)-ledger$/],
  lakeBucket: ['alluvium-<environment>-storage-lake…', /^alluvium-(.+)-storage-lake/],
  deltaLogTable: ['alluvium-<environment>-delta-log', /^alluvium-(.+)-delta-log$/],
  restoreMachineArn: ['…:stateMachine:alluvium-<environment>-restore', /:alluvium-(.+)-restore$/],
};

/**
 * What the functions' environment variables say to an operator's command.
 *
 * @throws {SetupError} naming those that are unset.
 */
const operatorEnvironment: typeof functionEnvironment = (...nouns) => {
  try {
    return functionEnvironment(...nouns);
  } catch (cause) {
    throw new SetupError((cause as Error).message, { cause });
  }
};

/**
 * Where the ledger, the lake and a machine of an environment are, as the variables say.
 *
 * @throws {SetupError} where one names what is another environment's, or another table than the settings do.
 */
export function lakeEnvironment<Noun extends LakeNoun>(
  { environment, deltaLogTable }: Pick<Settings, 'environment' | 'deltaLogTable'>,
  ...nouns: Noun[]
): Record<Noun, string> {
  const found = operatorEnvironment(...nouns);
  for (const noun of nouns) {
    const [example, pattern] = stackNames[noun];
    const owner = pattern.exec(found[noun])?.[1] ?? environment;
    const named = noun === 'deltaLogTable' ? deltaLogTable : undefined;
    if (named === undefined ? owner === environment : found[noun] === named) continue;
    const expected =
      named ?? `what environment ${environment} has, such as ${example.replace('<environment>', environment)}`;
    throw new SetupError(`expected ${environmentVariables[noun]} to name ${expected}; got ${found[noun]}`);
  }
  return found;
}
