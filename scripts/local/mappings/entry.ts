/** A record on its way to a function. */
export interface Entry<Record> {
  record: Record;
  /** The record as JSON text, as it stands in the event. */
  json: string;
  /** UTF-8 bytes of `json`. */
  bytes: number;
  arrivedAtMs: number;
}

export function entryOf<Record>(record: Record, json: string, arrivedAtMs: number): Entry<Record> {
  return { record, json, bytes: Buffer.byteLength(json), arrivedAtMs };
}

/** What a function's answer says about a batch: all done, or what has to come again. */
export type Verdict<Record> = { kind: 'done' } | { kind: 'again'; remaining: Entry<Record>[] };

/** `batchItemFailures` of an answer; undefined when it says nothing, which means success. */
export function itemFailures(payload: string): unknown[] | undefined {
  const answer: unknown = JSON.parse(payload);
  if (typeof answer !== 'object' || answer === null || !('batchItemFailures' in answer)) return undefined;
  const { batchItemFailures } = answer;
  if (batchItemFailures === null) return undefined;
  return Array.isArray(batchItemFailures) ? batchItemFailures : [batchItemFailures];
}

export const identifierOf = (failure: unknown): unknown =>
  typeof failure === 'object' && failure !== null && 'itemIdentifier' in failure ? failure.itemIdentifier : undefined;
