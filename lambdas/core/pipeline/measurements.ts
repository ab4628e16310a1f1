import type { MetricName } from '#contract/metrics.ts';

/** What a count is about: `source` and `table` are dimensions, `writer` and `columns` stand beside the count in the log. */
export interface About {
  source?: string;
  table?: string;
  /** Who did it, as a commit names its writer. */
  writer?: string;
  /** Of which columns; beside the count in the log, too. */
  columns?: string;
}

/** Where use cases put what they count. Implemented over Powertools' metrics in functions, and over a list in tests. */
export interface Measurements {
  count(metric: MetricName, value: number, about: About): void;
}
