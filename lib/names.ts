import { Token } from 'aws-cdk-lib';
import type { Settings } from '#contract/settings.ts';
import { SettingsError } from './settings-error.ts';

/** Names that people and other systems see. They depend on the environment and on names in the settings, on nothing else. */
export interface Names {
  stack(room: string): string;
  /** Of a function: `ingest-<source>`, `commit` … */
  function(noun: string): string;
  logGroup(noun: string): string;
  stream(source: string): string;
  consumerGroup(source: string): string;
  resource(noun: string): string;
  alarm(section: string, subject?: string): string;
}

/** The longest name that Lambda accepts; the others take more. */
const longestName = 64;

export function namesOf({ environment }: Pick<Settings, 'environment'>): Names {
  const resource = (...nouns: string[]): string => {
    const name = ['alluvium', environment, ...nouns].join('-');
    if (!Token.isUnresolved(name) && name.length > longestName) {
      throw new SettingsError(
        `expected names of at most ${longestName} characters, got ${name} (${name.length}): shorten ${nouns.at(-1)}`,
      );
    }
    return name;
  };
  return {
    resource,
    stack: (room) => resource(room),
    function: (noun) => resource(noun),
    logGroup: (noun) => `/alluvium/${environment}/${noun}`,
    stream: (source) => resource(source),
    consumerGroup: (source) => resource(source),
    alarm: (section, subject) =>
      ['alluvium', environment, section, ...(subject === undefined ? [] : [subject])].join('-'),
  };
}
