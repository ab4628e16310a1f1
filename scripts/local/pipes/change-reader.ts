/** A record of a table's stream, in the shape that Lambda and pipes see. */
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
    SizeBytes: number;
    StreamViewType: string;
  };
}

/** How pipes read the change stream of a table. Positions are sequence numbers. */
export interface ChangeReader {
  /** Records behind a position, at most `limit`, in order; from the oldest kept without a position. */
  changes(table: string, after: string | undefined, limit: number): ChangeRecord[];
  /** Position of the newest record; undefined when there is none. */
  lastChange(table: string): string | undefined;
}
