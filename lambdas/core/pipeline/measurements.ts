import type { MetricName } from '#contract/metrics.ts';

/** Where use cases put what they count. Implemented over Powertools' metrics in functions, and over a list in tests. */
export interface Measurements {
  count(metric: MetricName, value: number, about: { source?: string; table?: string }): void;
}
