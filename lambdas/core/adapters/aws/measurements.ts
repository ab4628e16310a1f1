import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { dimensions, type MetricName, metricNamespace, metrics } from '#contract/metrics.ts';
import type { About, Measurements } from '#pipeline/measurements.ts';

const units: Partial<Record<MetricName, (typeof MetricUnit)[keyof typeof MetricUnit]>> = {
  [metrics.freshnessMs]: MetricUnit.Milliseconds,
  [metrics.stagedBytes]: MetricUnit.Bytes,
  [metrics.optimizedBytes]: MetricUnit.Bytes,
  [metrics.vacuumedBytes]: MetricUnit.Bytes,
};

/** Measurements of one function, printed in CloudWatch's embedded metric format when published. */
export interface PublishedMeasurements extends Measurements {
  /** Prints what was counted since the last time: at the end of every invocation, failed ones included. */
  publish(): void;
}

/** Everything counted has the dimension `environment`, and `source` or `table` where it is about one. */
export function emfMeasurements(environment: string): PublishedMeasurements {
  const published = new Map<string, Metrics>();

  function metricsOf(about: About): Metrics {
    const key = JSON.stringify([about.source, about.table]);
    let own = published.get(key);
    if (own === undefined) {
      own = new Metrics({ namespace: metricNamespace });
      own.clearDefaultDimensions();
      own.addDimension(dimensions.environment, environment);
      if (about.source !== undefined) own.addDimension(dimensions.source, about.source);
      if (about.table !== undefined) own.addDimension(dimensions.table, about.table);
      published.set(key, own);
    }
    return own;
  }

  return {
    count(metric, value, about) {
      const own = metricsOf(about);
      own.addMetric(metric, units[metric] ?? MetricUnit.Count, value);
      if (about.writer !== undefined) own.addMetadata('writer', about.writer);
      if (about.columns !== undefined) own.addMetadata('columns', about.columns);
    },
    publish() {
      for (const own of published.values()) own.publishStoredMetrics();
      published.clear();
    },
  };
}
