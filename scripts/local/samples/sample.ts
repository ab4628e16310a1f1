/** A record to send, with the key that tells it from every other record of its source. */
export interface Sample {
  key: string;
  /** Null is a tombstone. */
  value: Buffer | string | null;
}

/** Samples of one source, in the order they are sent. */
export interface SampleSet {
  source: string;
  samples: Sample[];
}

export const sampleKey = (set: string, index: number): string => `${set}/${index}`;
