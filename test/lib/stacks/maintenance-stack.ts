import { expect, test } from 'vitest';
import { maintenanceName, maintenanceNouns } from '#contract/maintenance.ts';
import { settingsOf, synthesise } from '../../support/synthesised.ts';
import { local, prod } from './environments.ts';

const machines = prod
  .ofType('AWS::StepFunctions::StateMachine')
  .map(({ Properties }) => Properties)
  .filter(
    ({ StateMachineName }) => !['alluvium-prod-commit', 'alluvium-prod-restore'].includes(StateMachineName as string),
  );

/** When each machine starts, by its logical id. */
const schedulesOf = ({ ofType }: Pick<typeof prod, 'ofType'>): Map<string, unknown> => {
  const rules = ofType('AWS::Events::Rule').flatMap(({ Properties }) => {
    const [{ Arn, Input }] = Properties.Targets as [{ Arn: { Ref?: string }; Input?: string }];
    return Arn.Ref === undefined ? [] : [[Arn.Ref, { at: Properties.ScheduleExpression, Input }] as const];
  });
  return new Map(rules);
};

test('each noun has a Standard machine that is logged and traced', () => {
  expect(machines.length).toBeGreaterThanOrEqual(3);
  for (const machine of machines) {
    expect(maintenanceNouns.map((noun) => `alluvium-prod-${maintenanceName[noun]}`)).toContain(
      machine.StateMachineName,
    );
    expect(machine).toMatchObject({
      StateMachineType: 'STANDARD',
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: true },
      TracingConfiguration: { Enabled: true },
    });
  }
});

test('schedules start the machines in earnest, as the settings say', () => {
  expect([...schedulesOf(prod).values()]).toHaveLength(machines.length);
  for (const schedule of schedulesOf(prod).values()) {
    expect(schedule).toMatchObject({ at: expect.stringMatching(/^rate\(/), Input: '{"dryRun":false}' });
  }
  const { ofType } = synthesise(
    settingsOf('prod', [
      { key: 'maintenance.vacuum.schedule', value: 'cron(0 3 * * ? *)' },
      { key: 'maintenance.logCleanup.schedule', value: 'never' },
    ]),
  );
  const others = [...schedulesOf({ ofType }).values()];
  expect(others).toHaveLength(machines.length - 1);
  expect(others).toContainEqual({ at: 'cron(0 3 * * ? *)', Input: '{"dryRun":false}' });
});

test('a restore is asked for by a person: its machine is there, logged and traced, and nothing starts it', () => {
  const restores = prod
    .ofType('AWS::StepFunctions::StateMachine')
    .filter(({ Properties }) => Properties.StateMachineName === 'alluvium-prod-restore');
  expect(restores).toMatchObject([
    {
      Properties: {
        StateMachineType: 'STANDARD',
        LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: true },
        TracingConfiguration: { Enabled: true },
      },
    },
  ]);
});

test('on one machine nothing is looked after unasked', () => {
  expect([...schedulesOf(local).values()]).toEqual([]);
});
