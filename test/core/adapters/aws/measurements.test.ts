import { afterEach, expect, test, vi } from 'vitest';
import { emfMeasurements } from '#adapters/aws/measurements.ts';
import { metrics } from '#contract/metrics.ts';

const lines: string[] = [];
vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
afterEach(() => lines.splice(0));

test('metrics of one table are one line, with just the dimensions that dashboards ask for', () => {
  const measurements = emfMeasurements('dev');
  measurements.count(metrics.rowsOut, 5, { table: 'clicks' });
  measurements.count(metrics.rowsOut, 2, { table: 'clicks' });
  measurements.count(metrics.freshnessMs, 1200, { table: 'clicks' });
  measurements.count(metrics.recordsIn, 9, { source: 'web' });
  measurements.publish();

  const written = lines.map((line) => JSON.parse(line));
  expect(written).toHaveLength(2);
  expect(written[0]).toMatchObject({ environment: 'dev', table: 'clicks', RowsOut: [5, 2], FreshnessMs: 1200 });
  expect(written[0]._aws.CloudWatchMetrics[0]).toMatchObject({
    Namespace: 'Alluvium',
    Dimensions: [['environment', 'table']],
    Metrics: [
      { Name: 'RowsOut', Unit: 'Count' },
      { Name: 'FreshnessMs', Unit: 'Milliseconds' },
    ],
  });
  expect(written[1]).toMatchObject({ environment: 'dev', source: 'web', RecordsIn: 9 });
});

test('who did it stands beside the count, and is no dimension', () => {
  const measurements = emfMeasurements('dev');
  measurements.count(metrics.strayWriter, 1, { table: 'clicks', writer: 'Apache-Spark, version 7' });
  measurements.publish();
  const written = JSON.parse(lines[0]!);
  expect(written).toMatchObject({ StrayWriter: 1, writer: 'Apache-Spark, version 7' });
  expect(written._aws.CloudWatchMetrics[0].Dimensions).toEqual([['environment', 'table']]);
});

test('what was published is not published again', () => {
  const measurements = emfMeasurements('dev');
  measurements.count(metrics.sweeps, 1, {});
  measurements.publish();
  measurements.publish();
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)._aws.CloudWatchMetrics[0].Dimensions).toEqual([['environment']]);
});
