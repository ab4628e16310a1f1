import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { maintenanceName, maintenanceNouns } from '#contract/maintenance.ts';
import { metrics } from '#contract/metrics.ts';
import { settingsOf, synthesise } from '../../support/synthesised.ts';

/* One noun for one thing, wherever it shows: folder, use case, function, machine, schedule, command, metrics, runbook. */
const project = join(import.meta.dirname, '../../..');
const folders = readdirSync(join(project, 'lambdas')).filter((folder) => folder !== 'core');
const { settings, ofType } = synthesise(settingsOf('prod'));

/** Names of all resources of a type, without what all of them begin with. */
const named = (type: string, property: string): string[] =>
  ofType(type).flatMap(({ Properties }) => {
    const name = Properties[property];
    return typeof name === 'string' ? [name.replace('alluvium-prod-', '')] : [];
  });
const filesOf = (folder: string): string[] =>
  readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' }).map(
    (path) => path.split('/').at(-1) as string,
  );

test('functions are called as their folders, readers by their sources', () => {
  const readers = Object.keys(settings.sources).map((source) => `ingest-${source}`);
  const others = folders.filter((folder) => !folder.startsWith('ingest-'));
  expect(named('AWS::Lambda::Function', 'FunctionName').sort()).toEqual([...others, ...readers].sort());
});

test('handlers call the use case of their name, readers one between them', () => {
  const useCases = filesOf('lambdas/core/pipeline');
  for (const folder of folders) {
    const handler = readFileSync(join(project, 'lambdas', folder, 'handler.ts'), 'utf8');
    const called = folder.startsWith('ingest-')
      ? ['ingest-wiring.ts']
      : useCases.filter((file) => file === `${folder}.ts` || file.startsWith(`${folder}-`));
    expect(
      called.filter((file) => handler.includes(`/${file}'`)),
      folder,
    ).not.toEqual([]);
  }
});

test('what looks after tables has a folder, a machine, a command and metrics of its name', () => {
  const machines = named('AWS::StepFunctions::StateMachine', 'StateMachineName');
  const verbs = filesOf('scripts/cli');
  for (const noun of maintenanceNouns) {
    const name = maintenanceName[noun];
    const counted = noun.replace(/^./, (letter) => letter.toUpperCase());
    expect(folders).toContain(name);
    expect(machines).toContain(name);
    expect(verbs).toContain(`${name}.ts`);
    expect(Object.values(metrics)).toEqual(expect.arrayContaining([`${counted}Runs`, `${counted}Failures`]));
  }
});
