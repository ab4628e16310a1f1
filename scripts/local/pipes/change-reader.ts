/** A record of a table's stream, in the JSON that pipes see. */
export interface ChangeRecord {
  eventID: string;
  eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  dynamodb: {
    /** Epoch seconds. */
    ApproximateCreationDateTime: number;
    Keys: Record<string, unknown>;
    NewImage?: Record<string, unknown>;
    OldImage?: Record<string, unknown>;
    SequenceNumber: string;
  };
}

/** How a pipe reads the change stream of a table. */
export interface ChangeReader {
  /** Records behind a sequence number, in order, as many as the stream gives at once; from the oldest kept without one. */
  changesAfter(sequenceNumber: string | undefined): Promise<ChangeRecord[]>;
  /** Resolves when the stream may hold something new, at the latest after `waitMs`. */
  nextChange(waitMs: number, signal: AbortSignal): Promise<void>;
}
