import type { MetricReading, MetricSample } from '../local-aws.ts';

/** The part of a line in embedded metric format (EMF specification 1.0) that is read here. */
interface EmbeddedMetrics {
  _aws: {
    Timestamp: number;
    CloudWatchMetrics: { Namespace: string; Dimensions?: string[][]; Metrics: { Name: string }[] }[];
  };
  [property: string]: unknown;
}

/** Sums of what functions publish in embedded metric format, by name and dimensions. */
export class Metrics {
  readonly #readings = new Map<string, MetricReading>();
  readonly #onSample: (sample: MetricSample) => void;

  constructor(onSample: (sample: MetricSample) => void = () => {}) {
    this.#onSample = onSample;
  }

  /** Takes a line that may hold metrics; any other line is left alone. */
  readLine(line: string): void {
    let parsed: EmbeddedMetrics;
    try {
      parsed = JSON.parse(line);
    } catch {
      return;
    }
    if (!Array.isArray(parsed._aws?.CloudWatchMetrics)) return;
    for (const { Dimensions = [[]], Metrics: published } of parsed._aws.CloudWatchMetrics) {
      for (const names of Dimensions) {
        const dimensions = Object.fromEntries(names.map((name) => [name, String(parsed[name])]));
        for (const { Name: name } of published) {
          for (const value of [parsed[name]].flat()) {
            if (typeof value === 'number') this.#add({ name, dimensions, value, timestampMs: parsed._aws.Timestamp });
          }
        }
      }
    }
  }

  readings(): MetricReading[] {
    return [...this.#readings.values()];
  }

  #add(sample: MetricSample): void {
    const { name, dimensions, value } = sample;
    const key = JSON.stringify([name, dimensions]);
    let reading = this.#readings.get(key);
    if (reading === undefined) {
      reading = { name, dimensions, count: 0, sum: 0, min: value, max: value, last: value };
      this.#readings.set(key, reading);
    }
    reading.count++;
    reading.sum += value;
    reading.min = Math.min(reading.min, value);
    reading.max = Math.max(reading.max, value);
    reading.last = value;
    this.#onSample(sample);
  }
}
