import { expect, it } from 'vitest';
import { prometheusText } from '../../../../scripts/local/metrics/prometheus-text.ts';

it('writes metrics of functions and of their host as Prometheus reads them', () => {
  const report = { processes: 1, running: 0, timeouts: 0, kills: 0, killsWhileRunning: 0 };
  const text = prometheusText({
    metrics: [
      { name: 'RowsOut', dimensions: { table: 'a"b' }, count: 2, sum: 30, min: 10, max: 20, last: 20 },
      { name: 'RowsOut', dimensions: { table: 'c' }, count: 1, sum: 1, min: 1, max: 1, last: 1 },
    ],
    functions: [{ name: 'commit', logicalId: 'Commit', invocations: 7, errors: 1, logFile: 'log', ...report }],
    mappings: [
      {
        functionName: 'ingest',
        kind: 'kafka',
        origin: 'flights',
        lag: 5,
        busy: false,
        records: 1,
        batches: 1,
        failures: 0,
      },
    ],
  });
  const lines = text.split('\n');
  expect(lines.filter((line) => line.startsWith('# TYPE alluvium_rows_out_sum'))).toEqual([
    '# TYPE alluvium_rows_out_sum counter',
  ]);
  expect(lines).toEqual(
    expect.arrayContaining([
      'alluvium_rows_out_sum{table="a\\"b"} 30',
      'alluvium_rows_out_count{table="c"} 1',
      'local_function_invocations_total{function="commit"} 7',
      'local_mapping_lag_records{function="ingest",origin="flights"} 5',
    ]),
  );
  expect(text.endsWith('\n')).toBe(true);
});
