/** A standard queue of the templates. */
export interface QueueSpec {
  name: string;
  arn: string;
  visibilityTimeoutS: number;
  retentionS: number;
  delayS: number;
  /** Where a message goes that was received more often than `maxReceives`. */
  redrive?: { deadLetterQueue: string; maxReceives: number };
}
