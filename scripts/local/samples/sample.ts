/** A record to send, with the key that tells it from every other record of its source. */
export interface Sample {
  key: string;
  /** Null is a tombstone. */
  value: Buffer | string | null;
}

export const sampleKey = (set: string, index: number): string => `${set}/${index}`;
