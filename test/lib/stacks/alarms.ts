import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type MetricName, metricNamespace, metrics } from '#contract/metrics.ts';
import { parseSettings } from '../../../lib/settings-file.ts';
import { settingsOf, synthesise } from '../../support/synthesised.ts';

interface AlarmProperties {
  AlarmName: string;
  AlarmDescription: string;
  AlarmActions?: unknown[];
  OKActions?: unknown[];
  ComparisonOperator: string;
  EvaluationPeriods: number;
  Threshold: number;
  TreatMissingData: string;
  MetricName?: string;
  Namespace?: string;
  Dimensions?: { Name: string; Value: string }[];
  Metrics?: unknown;
}

const topicArn = 'arn:aws:sns:us-east-1:123456789012:on-call';
const runbookUrl = 'https://runbooks.example/alluvium';
const settings = settingsOf('prod', [
  { key: 'alarms', value: `{ topicArn: '${topicArn}', runbookUrl: '${runbookUrl}' }` },
]);
const { ofType } = synthesise(settings);
const alarms = ofType('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties as unknown as AlarmProperties);
const runbook = readFileSync(join(import.meta.dirname, '../../../docs/runbook.md'), 'utf8');
const sections = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title]) => title as string);

const linked = ({ AlarmDescription }: AlarmProperties): string => AlarmDescription.split(`${runbookUrl}#`)[1] ?? '';
const named = (name: string): AlarmProperties => {
  const found = alarms.find(({ AlarmName }) => AlarmName === name);
  if (found === undefined)
    throw new Error(`expected an alarm ${name}, got ${alarms.map(({ AlarmName }) => AlarmName)}`);
  return found;
};
test('every alarm links a section of the runbook by which it is called, and each section has an alarm', () => {
  expect(alarms.length).toBeGreaterThan(40);
  for (const alarm of alarms) {
    expect(sections).toContain(linked(alarm));
    expect(alarm.AlarmName).toMatch(new RegExp(`^alluvium-prod-${linked(alarm)}(-|$)`));
  }
  expect(new Set(alarms.map(linked))).toEqual(new Set(sections));
});

test('every section says what it means, where to look and how to mend it', () => {
  for (const text of runbook.split(/^## /m).slice(1)) {
    for (const part of ['**Means.**', '**Look.**', '**Mend.**']) expect(text, text.split('\n')[0]).toContain(part);
  }
});

test('the runbook links only sections that it has', () => {
  const links = [...runbook.matchAll(/\]\(#([^)]+)\)/g)].map(([, link]) => link as string);
  expect(links.length).toBeGreaterThan(10);
  for (const link of links) expect(sections).toContain(link);
});

test('every alarm calls the topic, when it sounds and when it is over', () => {
  for (const { AlarmActions, OKActions } of alarms) {
    expect(AlarmActions).toEqual([topicArn]);
    expect(OKActions).toEqual([topicArn]);
  }
});

/** What is measured to be looked at, and no one's task: work done, and trouble that another metric of the same story signals. */
const watched: readonly MetricName[] = [
  metrics.recordsIn,
  metrics.recordsRedelivered,
  metrics.recordsDropped,
  metrics.recordsSkipped,
  metrics.wideFanOuts,
  metrics.rowsStaged,
  metrics.rowsTrimmed,
  metrics.rowsOut,
  metrics.redrivenRows,
  metrics.commits,
  metrics.commitConflicts,
  /** Their rows are dead letters. */
  metrics.divertedManifests,
  metrics.coalescedFiles,
  metrics.checkpoints,
  metrics.optimizeRuns,
  metrics.optimizedFiles,
  metrics.optimizedBytes,
  metrics.optimizeConflicts,
  metrics.vacuumRuns,
  metrics.vacuumedFiles,
  metrics.vacuumedBytes,
  metrics.logCleanupRuns,
  metrics.cleanedLogFiles,
  metrics.repairRuns,
  metrics.repairedFiles,
  metrics.restoreRuns,
  metrics.restoredFiles,
  metrics.restoreRemovedFiles,
];

test('something sounds on every metric but those of work done', () => {
  const ours = alarms.filter(({ Namespace }) => Namespace === metricNamespace).map(({ MetricName }) => MetricName);
  expect([...new Set(ours)].sort()).toEqual(
    Object.values(metrics)
      .filter((name) => !watched.includes(name))
      .sort(),
  );
});

test('failures of a noun sound by that noun', () => {
  const nounOf = (metric: string): string =>
    metric
      .replace('LogCleanup', 'CleanLog')
      .replace(/Failures$/, '')
      .replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`)
      .toLowerCase();
  const failures = alarms.filter(({ MetricName }) => MetricName?.endsWith('Failures'));
  expect(failures.length).toBeGreaterThan(20);
  for (const alarm of failures) expect(linked(alarm)).toBe(`${nounOf(alarm.MetricName!)}-failing`);
});

test('every function has alarms for its errors and for throttling, every state machine one for executions that fail', () => {
  const about = (metric: string, dimension: string): string[] =>
    alarms
      .filter(({ MetricName }) => MetricName === metric)
      .flatMap(({ Dimensions = [] }) => Dimensions.filter(({ Name }) => Name === dimension))
      .map(({ Value }) => (typeof Value === 'string' ? Value : JSON.stringify(Value)))
      .map((value) => /alluvium-prod-[a-z-]+/.exec(value)?.[0] ?? value)
      .sort();
  const namesOf = (type: string, property: string): unknown[] =>
    ofType(type)
      .map(({ Properties }) => Properties[property])
      .filter((name) => name !== undefined)
      .sort();
  const functions = namesOf('AWS::Lambda::Function', 'FunctionName');
  expect(functions.length).toBeGreaterThan(10);
  expect(about('Errors', 'FunctionName')).toEqual(functions);
  expect(about('Throttles', 'FunctionName')).toEqual(functions);
  const machines = namesOf('AWS::StepFunctions::StateMachine', 'StateMachineName');
  expect(machines.length).toBeGreaterThan(5);
  expect(about('ExecutionsFailed', 'StateMachineArn')).toEqual(machines);
});

test('an alarm watches one metric, so that its name tells what has happened', () => {
  for (const { MetricName, Metrics } of alarms)
    expect({ MetricName, Metrics }).toEqual({ MetricName: expect.any(String) });
  expect(named('alluvium-prod-staged-backlog-bytes-orders')).toMatchObject({ MetricName: metrics.stagedBytes });
  expect(named('alluvium-prod-staged-backlog-manifests-orders')).toMatchObject({ MetricName: metrics.stagedManifests });
  expect(named('alluvium-prod-ingest-failing-orders')).toMatchObject({ MetricName: metrics.ingestFailures });
  expect(named('alluvium-prod-function-failing-ingest-orders')).toMatchObject({ MetricName: 'Errors' });
  expect(named('alluvium-prod-commit-machine-failing-failures')).toMatchObject({ MetricName: 'ExecutionsFailed' });
  expect(named('alluvium-prod-commit-machine-failing-time-outs')).toMatchObject({ MetricName: 'ExecutionsTimedOut' });
});

test('half of either staging limit sounds', () => {
  const { maxStagedBytes, maxStagedManifests } = settings.tables.orders!;
  expect(named('alluvium-prod-staged-backlog-bytes-orders').Threshold).toBe(maxStagedBytes / 2);
  expect(named('alluvium-prod-staged-backlog-manifests-orders').Threshold).toBe(maxStagedManifests / 2);
});

/** What a stack may have (CloudFormation's quotas). */
const mostResources = 500;

test.each([
  [19, 19],
  [3, 75],
])('%d tables and %d sources have alarms that a stack has room for', (tables, sources) => {
  const named = (count: number, name: string) => Array.from({ length: count }, (_, index) => `${name}_${index}`);
  const tableNames = named(tables, 'table');
  const crowded = synthesise(
    parseSettings(
      `glueDatabase: lake
sources:
${named(sources, 'source')
  .map((source, index) => `  ${source}: { kinesis: {}, table: ${tableNames[index % tables]} }`)
  .join('\n')}
tables: { ${tableNames.map((table) => `${table}: {}`).join(', ')} }`,
      { file: 'test.yaml', environment: 'prod' },
    ),
  );
  for (const room of ['ingest', 'observability'])
    expect(Object.keys(crowded.resources(room)).length, room).toBeLessThanOrEqual(mostResources);
});

test('late commits need not follow one another within five minutes', () => {
  const late = (latency: string) =>
    synthesise(
      parseSettings(`sources: { s: { kinesis: {}, table: t } }\ntables: { t: { latency: ${latency} } }`, {
        file: 'test.yaml',
        environment: 'prod',
      }),
    )
      .ofType('AWS::CloudWatch::Alarm')
      .find(({ Properties }) => Properties.AlarmName === 'alluvium-prod-table-stale-t')?.Properties;
  expect(late('60s')).toMatchObject({ DatapointsToAlarm: 3, EvaluationPeriods: 12, Period: 300 });
  expect(late('30m')).toMatchObject({ DatapointsToAlarm: 3, EvaluationPeriods: 21 });
  expect(late('12h')).toMatchObject({ DatapointsToAlarm: 3, EvaluationPeriods: 36 });
});

test('what commits alone bring about sounds however seldom they are: by the hour', () => {
  for (const name of ['checkpoint-failing-orders', 'catalog-failing-orders', 'function-failing-checkpoint'])
    expect(named(`alluvium-prod-${name}`)).toMatchObject({ Period: 3600, EvaluationPeriods: 1, Threshold: 2 });
  expect(named('alluvium-prod-commit-failing-orders')).toMatchObject({ Period: 300, EvaluationPeriods: 3 });
});

describe('in an environment of many tables', () => {
  const own = { table_7: '{ maxStagedBytes: 1GiB }', table_8: '{ maxStagedBytes: 1GiB }' };
  const tables = Array.from({ length: 200 }, (_, number) => `table_${number}`);
  const many = synthesise(
    settingsOf(
      'prod',
      tables.map((name) => ({ key: `tables.${name}`, value: own[name as keyof typeof own] ?? '{}' })),
    ),
  );
  const found = many.ofType('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties as unknown as AlarmProperties);
  const of = (name: string) => found.find(({ AlarmName }) => AlarmName === `alluvium-prod-${name}`);

  test('its stack has room for its alarms', () => {
    expect(Object.keys(many.resources('observability')).length).toBeLessThan(100);
  });

  test('each section has an alarm, most of them on all tables at once, that link the runbook', () => {
    const links = found.map(({ AlarmDescription }) => AlarmDescription.split('#')[1]);
    expect(new Set(links)).toEqual(new Set(sections));
    expect(of('commit-failing')).toMatchObject({
      AlarmDescription: expect.stringMatching(/^Commits to a table have failed .* Its contributors name it\. /),
      EvaluationPeriods: 3,
      Threshold: 0,
      Metrics: [
        {
          Expression: `SELECT SUM("CommitFailures") FROM SCHEMA("Alluvium", "environment", "table") WHERE "environment" = 'prod' GROUP BY "table" ORDER BY SUM() DESC`,
          Period: 300,
        },
      ],
    });
    expect(JSON.stringify(of('dead-letters')?.Metrics)).toContain(`AND \\"table\\" != 'dead_letters'`);
  });

  test('a table with a threshold of its own has an alarm of its own', () => {
    expect(JSON.stringify(of('staged-backlog-bytes')?.Metrics)).toMatch(/!= 'table_7' AND .*!= 'table_8' GROUP BY/);
    expect(of('staged-backlog-bytes')?.Threshold).toBe(4 * 1024 ** 3);
    expect(of('staged-backlog-bytes-table_7')).toMatchObject({ MetricName: metrics.stagedBytes, Threshold: 2 ** 29 });
    expect(of('staged-backlog-manifests-table_7')).toBeUndefined();
  });
});

test('metrics of ours are asked for by the dimensions that functions publish', () => {
  expect(named('alluvium-prod-dead-letters-orders')).toMatchObject({
    Namespace: metricNamespace,
    Dimensions: [
      { Name: 'environment', Value: 'prod' },
      { Name: 'table', Value: 'orders' },
    ],
  });
  expect(named('alluvium-prod-sweep-stopped').Dimensions).toEqual([{ Name: 'environment', Value: 'prod' }]);
});

test('a sweeper that says nothing has stopped; elsewhere silence is peace', () => {
  expect(named('alluvium-prod-sweep-stopped')).toMatchObject({
    ComparisonOperator: 'LessThanThreshold',
    Threshold: 1,
    TreatMissingData: 'breaching',
  });
  const others = alarms.filter((alarm) => linked(alarm) !== 'sweep-stopped');
  expect(new Set(others.map(({ TreatMissingData }) => TreatMissingData))).toEqual(new Set(['notBreaching']));
});

test('a stream is behind when a quarter of its retention has passed, a topic by its lag', () => {
  expect(named('alluvium-prod-source-falling-behind-clicks')).toMatchObject({
    MetricName: 'IteratorAge',
    Threshold: (7 * 86_400_000) / 4,
    Dimensions: [{ Name: 'FunctionName', Value: 'alluvium-prod-ingest-clicks' }],
  });
  expect(named('alluvium-prod-source-falling-behind-orders')).toMatchObject({
    MetricName: 'OffsetLag',
    Threshold: 1_000_000,
  });
});

test('the dashboard shows what comes in, goes out, is late, waits and fails', () => {
  const [dashboard] = ofType('AWS::CloudWatch::Dashboard');
  const body = JSON.stringify(dashboard?.Properties.DashboardBody);
  for (const name of [
    metrics.recordsIn,
    metrics.rowsOut,
    metrics.deadLetters,
    metrics.freshnessMs,
    'IteratorAge',
    'OffsetLag',
    metrics.stagedBytes,
    metrics.commitConflicts,
    metrics.restoreRuns,
    metrics.restoredFiles,
    metrics.restoreRemovedFiles,
    'Errors',
  ]) {
    expect(body).toContain(name);
  }
});

describe('in an environment whose routes make tables', () => {
  const routed = synthesise(
    parseSettings(
      `glueDatabase: lake
sources:
  events: { kinesis: {}, route: { table: 'events_{type}', by: { type: type } } }
tables:
  events_*: { maxStagedBytes: 2GiB, expireAfter: 90d, logStore: conditional, protectLog: true }
  events_rare: { maxStagedBytes: 1GiB, logStore: conditional, protectLog: true }`,
      { file: 'test.yaml', environment: 'prod' },
    ),
  );
  const found = routed
    .ofType('AWS::CloudWatch::Alarm')
    .map(({ Properties }) => Properties as unknown as AlarmProperties);
  const of = (name: string) => found.find(({ AlarmName }) => AlarmName === `alluvium-prod-${name}`);

  test('alarms are on all tables, with the limit of the pattern; a table with its own has its own', () => {
    expect(of('staged-backlog-bytes')).toMatchObject({
      Threshold: 2 ** 30,
      Metrics: [{ Expression: expect.stringContaining(`"table" != 'events_rare'`) }],
    });
    expect(of('staged-backlog-bytes-events_rare')).toMatchObject({ Threshold: 2 ** 29 });
    expect(of('dead-letters')).toMatchObject({ Threshold: 0 });
  });

  test('graphs find every table there is', () => {
    const [dashboard] = routed.ofType('AWS::CloudWatch::Dashboard');
    expect(JSON.stringify(dashboard)).toContain(
      `SEARCH('{Alluvium,environment,table} MetricName=\\\\\\"RowsOut\\\\\\" environment=\\\\\\"prod\\\\\\"', 'Sum', 300)`,
    );
  });

  test('data files expire by the beginning of their keys, and logs are protected by the pattern', () => {
    const storage = JSON.stringify(routed.resources('storage'));
    expect(storage).toContain('"Prefix":"tables/events_"');
    expect(storage).toContain(`/tables/events_*/_delta_log/${'?'.repeat(20)}.json`);
    expect(storage).not.toContain('"Name":"events_*"');
  });

  test('tables that may have been made before they were named are entered in the catalogue by the committer, as all that it lacks', () => {
    const entries = routed.ofType('AWS::Glue::Table').map(({ Properties }) => Properties.TableInput);
    expect(entries).toMatchObject([{ Name: 'dead_letters' }]);
    const creators = routed
      .ofType('AWS::IAM::Policy')
      .flatMap(({ Properties }) => (Properties.PolicyDocument as { Statement: { Action: unknown }[] }).Statement)
      .filter(({ Action }) => [Action].flat().includes('glue:CreateTable'));
    expect(creators).toHaveLength(1);
    for (const entry of ['events_*', 'events_rare', 'dead_letters'])
      expect(JSON.stringify(creators)).toContain(`table/lake/${entry}`);
  });
});
