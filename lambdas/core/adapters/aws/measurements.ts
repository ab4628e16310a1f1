import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { dimensions, metricNamespace } from '#contract/metrics.ts';
import type { Measurements } from '#pipeline/measurements.ts';

/** Measurements that are written, as embedded metric format, by `publish`: once at the end of each invocation. */
export interface PublishedMeasurements extends Measurements {
  publish(): void;
}

/** Metrics over Powertools: one embedded-metric line for each source or table that was measured. */
export function emfMeasurements(environment: string): PublishedMeasurements {
  const bySubject = new Map<string, Metrics>();

  function metricsOf(about: { source?: string; table?: string }): Metrics {
    const key = JSON.stringify([about.source, about.table]);
    let metrics = bySubject.get(key);
    if (metrics === undefined) {
      metrics = new Metrics({ namespace: metricNamespace });
      metrics.clearDefaultDimensions();
      metrics.setDefaultDimensions({
        [dimensions.environment]: environment,
        ...(about.source === undefined ? {} : { [dimensions.source]: about.source }),
        ...(about.table === undefined ? {} : { [dimensions.table]: about.table }),
      });
      bySubject.set(key, metrics);
    }
    return metrics;
  }

  return {
    count(metric, value, about) {
      const unit = metric.endsWith('Ms')
        ? MetricUnit.Milliseconds
        : metric.endsWith('Bytes')
          ? MetricUnit.Bytes
          : MetricUnit.Count;
      metricsOf(about).addMetric(metric, unit, value);
    },
    publish() {
      for (const metrics of bySubject.values()) if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
}
