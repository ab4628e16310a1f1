import { environmentVariables } from '#contract/environment.ts';

type VariableNoun = keyof typeof environmentVariables;

/** Values of the environment variables that a function needs; a missing one is named. */
export function functionEnvironment<Noun extends VariableNoun>(...nouns: Noun[]): Record<Noun, string> {
  const missing = nouns.map((noun) => environmentVariables[noun]).filter((name) => !process.env[name]);
  if (missing.length > 0) throw new Error(`expected the environment variables ${missing.join(', ')}, found them unset`);
  return Object.fromEntries(nouns.map((noun) => [noun, process.env[environmentVariables[noun]]])) as Record<
    Noun,
    string
  >;
}
