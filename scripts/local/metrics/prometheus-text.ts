import type { FunctionReport, MappingReport, MetricReading } from '../local-aws.ts';

const snakeCase = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

interface Sample {
  labels: Record<string, string>;
  value: number;
}

function family(name: string, type: 'counter' | 'gauge', samples: Sample[]): string[] {
  if (samples.length === 0) return [];
  const lines = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
  });
  return [`# TYPE ${name} ${type}`, ...lines];
}

/**
 * Prometheus text format 0.0.4. A metric of the functions becomes four families: `_count`, `_sum`, `_last`, `_max`.
 */
export function prometheusText(parts: {
  metrics: MetricReading[];
  functions: FunctionReport[];
  mappings: MappingReport[];
}): string {
  const lines: string[] = [];
  for (const [name, readings] of Object.entries(Object.groupBy(parts.metrics, (reading) => reading.name))) {
    const base = `alluvium_${snakeCase(name)}`;
    const samples = (value: (reading: MetricReading) => number): Sample[] =>
      readings!.map((reading) => ({ labels: reading.dimensions, value: value(reading) }));
    const counted = samples((reading) => reading.count);
    lines.push(...family(`${base}_count`, 'counter', counted));
    lines.push(
      ...family(
        `${base}_sum`,
        'counter',
        samples((reading) => reading.sum),
      ),
    );
    lines.push(
      ...family(
        `${base}_last`,
        'gauge',
        samples((reading) => reading.last),
      ),
    );
    lines.push(
      ...family(
        `${base}_max`,
        'gauge',
        samples((reading) => reading.max),
      ),
    );
  }
  for (const what of ['invocations', 'errors', 'timeouts', 'kills'] as const) {
    const samples = parts.functions.map((report) => ({ labels: { function: report.name }, value: report[what] }));
    lines.push(...family(`local_function_${what}_total`, 'counter', samples));
  }
  const lags = parts.mappings.map(({ functionName, origin, lag }) => ({
    labels: { function: functionName, origin },
    value: lag,
  }));
  lines.push(...family('local_mapping_lag_records', 'gauge', lags));
  return `${lines.join('\n')}\n`;
}
