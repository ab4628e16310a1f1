import { Dashboard, GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type MetricName, metrics } from '#contract/metrics.ts';
import type { Environment } from '../environment.ts';
import { functionNouns } from './function-nouns.ts';
import type { PipelineMetrics } from './pipeline-metrics.ts';
import { areTogether } from './table-alarms.ts';

export interface PipelineDashboardProps {
  environment: Environment;
  measured: PipelineMetrics;
  machineArn: string;
}

/** One page: what comes in, what goes out, how late, what waits, what fails. */
export class PipelineDashboard extends Construct {
  constructor(scope: Construct, id: string, { environment, measured, machineArn }: PipelineDashboardProps) {
    super(scope, id);
    const { settings, names } = environment;
    const sources = Object.entries(settings.sources);
    const tables = Object.keys(settings.tables);
    const bySource = (name: MetricName) =>
      sources.map(([source]) => measured.of(name, 'Sum', { source }).with({ label: source }));
    const byTable = (name: MetricName, statistic: string): IMetric[] =>
      areTogether(settings)
        ? [measured.ofEveryTable(name, statistic)]
        : tables.map((table) => measured.of(name, statistic, { table }).with({ label: table }));
    const lag = (kind: 'kinesis' | 'kafka', name: 'IteratorAge' | 'OffsetLag') =>
      sources
        .filter(([, { origin }]) => origin.kind === kind)
        .map(([source]) => measured.ofFunction(`ingest-${source}`, name, 'Maximum').with({ label: source }));

    new Dashboard(this, 'Dashboard', {
      dashboardName: names.resource('pipeline'),
      widgets: [
        [
          graph('Records in', bySource(metrics.recordsIn)),
          graph('Rows out', byTable(metrics.rowsOut, 'Sum')),
          graph(
            'Dead letters',
            byTable(metrics.deadLetters, 'Sum'),
            byTable(metrics.redrivenRows, 'Sum'),
            'Rows of dead letters, redriven',
          ),
        ],
        [
          graph('Freshness, p50 (ms)', byTable(metrics.freshnessMs, 'p50')),
          graph('Freshness, p99 (ms)', byTable(metrics.freshnessMs, 'p99')),
          graph('Iterator age (ms)', lag('kinesis', 'IteratorAge'), lag('kafka', 'OffsetLag'), 'Offset lag (records)'),
        ],
        [
          graph('Staged bytes', byTable(metrics.stagedBytes, 'Maximum')),
          graph('Staged manifests', byTable(metrics.stagedManifests, 'Maximum')),
          graph('Commits', byTable(metrics.commits, 'Sum')),
        ],
        [
          graph('Commit conflicts', byTable(metrics.commitConflicts, 'Sum')),
          graph('Commit failures', [
            ...byTable(metrics.commitFailures, 'Sum'),
            measured.ofMachine(machineArn, 'ExecutionsFailed'),
            measured.ofMachine(machineArn, 'ExecutionsTimedOut'),
          ]),
          graph(
            'Errors of functions',
            functionNouns(settings).map((noun) => measured.ofFunction(noun, 'Errors', 'Sum').with({ label: noun })),
          ),
        ],
        [
          graph('Redelivered', bySource(metrics.recordsRedelivered)),
          graph(
            'Dropped, skipped, trimmed',
            [
              ...bySource(metrics.recordsDropped),
              ...bySource(metrics.recordsSkipped),
              ...byTable(metrics.rowsTrimmed, 'Sum'),
            ],
            bySource(metrics.wideFanOuts),
            'Batches of many files',
          ),
          graph('Ingest failures and refusals', [
            ...bySource(metrics.ingestFailures),
            ...byTable(metrics.batchesRefused, 'Sum'),
          ]),
        ],
        [
          graph(
            'Files merged',
            [...byTable(metrics.optimizedFiles, 'Sum'), ...byTable(metrics.coalescedFiles, 'Sum')],
            byTable(metrics.coalesceFailures, 'Sum'),
            'Commits without coalescing',
          ),
          graph(
            'Files vacuumed',
            byTable(metrics.vacuumedFiles, 'Sum'),
            byTable(metrics.repairedFiles, 'Sum'),
            'Missing files taken out',
          ),
          graph(
            'Restores',
            byTable(metrics.restoreRuns, 'Sum'),
            [...byTable(metrics.restoredFiles, 'Sum'), ...byTable(metrics.restoreRemovedFiles, 'Sum')],
            'Files brought back and taken out',
          ),
        ],
      ],
    });
  }
}

function graph(title: string, left: IMetric[], right: IMetric[] = [], rightTitle?: string): GraphWidget {
  return new GraphWidget({
    title: rightTitle === undefined ? title : `${title} · ${rightTitle}`,
    width: 8,
    height: 6,
    left,
    right,
    leftYAxis: { min: 0 },
  });
}
