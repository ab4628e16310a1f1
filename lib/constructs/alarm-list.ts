import { Duration } from 'aws-cdk-lib';
import { maintenanceName } from '#contract/maintenance.ts';
import { metrics } from '#contract/metrics.ts';
import { restoreName } from '#contract/restore.ts';
import type { Settings } from '#contract/settings.ts';
import type { SourceSettings } from '#contract/source-settings.ts';
import { functionNouns } from './function-nouns.ts';
import type { PipelineAlarm } from './pipeline-alarm.ts';
import type { PipelineMetrics } from './pipeline-metrics.ts';
import { ofTables } from './table-alarms.ts';

/** Every alarm of an environment. */
export function alarmsOf(
  settings: Settings,
  measured: PipelineMetrics,
  machineArn: (name: string) => string,
): PipelineAlarm[] {
  return [
    ...Object.entries(settings.sources).flatMap(([name, source]) => ofSource(name, source, settings, measured)),
    ...ofTables(settings, measured),
    ...ofEnvironment(settings, measured, machineArn),
  ];
}

function ofSource(
  name: string,
  source: SourceSettings,
  settings: Settings,
  measured: PipelineMetrics,
): PipelineAlarm[] {
  const reader = `ingest-${name}`;
  const about = { source: name };
  const alarms: PipelineAlarm[] = [
    {
      section: 'ingest-failing',
      subject: name,
      means: `Batches of source ${name} have failed for a quarter of an hour.`,
      metric: measured.of(metrics.ingestFailures, 'Sum', about),
      periods: 3,
      threshold: 0,
    },
    {
      section: 'source-recreated',
      subject: name,
      means: `Source ${name} contradicts its cursor: the stream or topic was deleted and made again.`,
      metric: measured.of(metrics.sourceRecreated, 'Sum', about),
      periods: 1,
      threshold: 0,
    },
  ];
  const { origin } = source;
  alarms.push(
    origin.kind === 'kinesis'
      ? {
          section: 'source-falling-behind',
          subject: name,
          means: `Records of source ${name} have waited for a quarter of the time that the stream keeps them.`,
          metric: measured.ofFunction(reader, 'IteratorAge', 'Maximum'),
          periods: 1,
          threshold: origin.retentionMs / 4,
        }
      : {
          section: 'source-falling-behind',
          subject: name,
          means: `More than ${settings.alarms.offsetLag} records of source ${name} wait to be read.`,
          metric: measured.ofFunction(reader, 'OffsetLag', 'Maximum'),
          periods: 3,
          threshold: settings.alarms.offsetLag,
        },
  );
  return alarms;
}

function ofEnvironment(
  settings: Settings,
  measured: PipelineMetrics,
  machineArn: (name: string) => string,
): PipelineAlarm[] {
  const functions = functionNouns(settings);
  return [
    {
      section: 'commit-machine-failing',
      subject: 'failures',
      means: 'Executions of the commit machine have failed for a quarter of an hour.',
      metric: measured.ofMachine(machineArn('commit'), 'ExecutionsFailed'),
      periods: 3,
      threshold: 0,
    },
    {
      section: 'commit-machine-failing',
      subject: 'time-outs',
      means: 'Executions of the commit machine have run out of time for a quarter of an hour.',
      metric: measured.ofMachine(machineArn('commit'), 'ExecutionsTimedOut'),
      periods: 3,
      threshold: 0,
    },
    ...Object.values(maintenanceName).flatMap((name): PipelineAlarm[] => [
      {
        section: 'maintenance-machine-failing',
        subject: `failures-${name}`,
        means: `A run of ${name} over all tables has failed for one of them at least.`,
        metric: measured.ofMachine(machineArn(name), 'ExecutionsFailed'),
        periods: 1,
        threshold: 0,
      },
      {
        section: 'maintenance-machine-failing',
        subject: `time-outs-${name}`,
        means: `A run of ${name} over all tables did not end within twelve hours.`,
        metric: measured.ofMachine(machineArn(name), 'ExecutionsTimedOut'),
        periods: 1,
        threshold: 0,
      },
    ]),
    {
      section: 'restore-failing',
      subject: 'errors',
      means: 'A restore has ended with an error.',
      metric: measured.of(metrics.restoreFailures, 'Sum'),
      periods: 1,
      threshold: 0,
    },
    {
      section: 'restore-failing',
      subject: 'executions',
      means: 'An execution of the restore machine has failed: what was to be restored was not, or the answer is lost.',
      metric: measured.ofMachine(machineArn(restoreName), 'ExecutionsFailed'),
      periods: 1,
      threshold: 0,
    },
    {
      section: 'restore-refused',
      means: 'A restore was refused, since files of the version are gone.',
      metric: measured.of(metrics.restoresRefused, 'Sum'),
      periods: 1,
      threshold: 0,
    },
    {
      section: 'wake-pipe-failing',
      means: 'The pipe that wakes commits fails: only the sweeper starts them now.',
      metric: measured.ofPipe('ExecutionFailed'),
      periods: 3,
      threshold: 0,
    },
    {
      section: 'sweep-stopped',
      means: 'The sweeper has not run for ten minutes: a wake-up that is lost stays lost.',
      metric: measured.of(metrics.sweeps, 'Sum'),
      periods: 2,
      threshold: 1,
      below: true,
    },
    {
      section: 'expiry-events-lost',
      means: 'Events of expired files could not be dealt with, and were put aside.',
      metric: measured.ofQueue('expired-dead-letters', 'ApproximateNumberOfMessagesVisible'),
      periods: 1,
      threshold: 0,
    },
    ...functions.map((noun) => ofErrors(noun, measured)),
    ...functions.map(
      (noun): PipelineAlarm => ({
        section: 'function-throttled',
        subject: noun,
        means: `The function ${noun} has lacked concurrency for a quarter of an hour.`,
        metric: measured.ofFunction(noun, 'Throttles', 'Sum'),
        periods: 3,
        threshold: 0,
      }),
    ),
  ];
}

/** Checkpoints are due with commits alone, which may lie further apart than five minutes; Lambda tries each thrice. */
function ofErrors(noun: string, measured: PipelineMetrics): PipelineAlarm {
  const about = { section: 'function-failing', subject: noun };
  const errors = measured.ofFunction(noun, 'Errors', 'Sum');
  return noun === 'checkpoint'
    ? {
        ...about,
        means: `The function ${noun} has ended with errors three times within an hour.`,
        metric: errors.with({ period: Duration.hours(1) }),
        periods: 1,
        threshold: 2,
      }
    : {
        ...about,
        means: `The function ${noun} has ended with errors for a quarter of an hour.`,
        metric: errors,
        periods: 3,
        threshold: 0,
      };
}
