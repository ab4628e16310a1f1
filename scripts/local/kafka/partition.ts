import { SegmentLog } from '../log/segment-log.ts';
import { type ErrorCode, errorCode } from './error-code.ts';
import { ProducerState } from './producer-state.ts';
import {
  batchHeaderBytes,
  crcHolds,
  decodeBatch,
  type KafkaRecord,
  placeBatch,
  readBatchHeader,
} from './record-batch.ts';

export type Appended = { error: typeof errorCode.none; baseOffset: number } | { error: ErrorCode; message: string };

const refused = (error: ErrorCode, message: string): Appended => ({ error, message });

/** One partition: record batches, as producers sent them, in a log on disk. */
export class Partition {
  readonly #log: SegmentLog;
  readonly #producers = new ProducerState();

  constructor(folder: string) {
    this.#log = new SegmentLog(folder, {
      onEntry: ({ first, payload }) => this.#producers.accept(readBatchHeader(payload), first),
    });
  }

  /** Oldest offset kept. */
  get start(): number {
    return this.#log.start;
  }

  /** Offset the next record gets. */
  get end(): number {
    return this.#log.end;
  }

  get bytes(): number {
    return this.#log.bytes;
  }

  /** Checks and appends one batch; it is on disk when this returns. A producer's repeated batch gets its first answer. */
  append(batch: Buffer, maxBatchBytes: number): Appended {
    if (batch.length < batchHeaderBytes) {
      return refused(errorCode.corruptMessage, `${batch.length} bytes: a batch has at least ${batchHeaderBytes}`);
    }
    const header = readBatchHeader(batch);
    if (header.magic !== 2) {
      return refused(errorCode.unsupportedForMessageFormat, `message format ${header.magic}: expected 2`);
    }
    if (header.bytes !== batch.length) {
      return refused(
        errorCode.invalidRecord,
        `expected exactly one batch of ${header.bytes} bytes, found ${batch.length}`,
      );
    }
    if (batch.length > maxBatchBytes) {
      return refused(errorCode.messageTooLarge, `batch of ${batch.length} bytes: at most ${maxBatchBytes} are taken`);
    }
    if (!crcHolds(batch)) return refused(errorCode.corruptMessage, 'the CRC32C of the batch does not hold');
    if (header.count < 1 || header.lastOffsetDelta !== header.count - 1) {
      return refused(errorCode.invalidRecord, `${header.count} records end at offset delta ${header.lastOffsetDelta}`);
    }
    if (header.control) return refused(errorCode.invalidRecord, 'control batches are not taken from clients');
    if (header.transactional) return refused(errorCode.invalidTxnState, 'transactions are not offered by this broker');
    const verdict = this.#producers.judge(header);
    switch (verdict.kind) {
      case 'duplicate':
        return { error: errorCode.none, baseOffset: verdict.baseOffset };
      case 'outOfOrder':
        return refused(
          errorCode.outOfOrderSequenceNumber,
          `producer ${header.producerId}: sequence ${header.baseSequence}, expected ${verdict.expected}`,
        );
      case 'staleEpoch':
        return refused(
          errorCode.invalidProducerEpoch,
          `producer ${header.producerId}: epoch ${header.producerEpoch}, now ${verdict.current}`,
        );
      case 'next': {
        const baseOffset = this.end;
        const payload = placeBatch(batch, baseOffset);
        this.#log.append([{ count: header.count, timeMs: header.maxTimestampMs, payload }]);
        this.#producers.accept(header, baseOffset);
        return { error: errorCode.none, baseOffset };
      }
      default:
        return verdict satisfies never;
    }
  }

  /** Whole batches from the one that holds `offset`: at least one if there is one, about `maxBytes`. */
  readBatches(offset: number, maxBytes: number): Buffer[] {
    return this.#log.read(offset, maxBytes).map(({ payload }) => payload);
  }

  /** Records from `offset` on, out of whole batches of about `maxBytes`, decompressed. */
  readRecords(offset: number, maxBytes: number): KafkaRecord[] {
    return this.readBatches(offset, maxBytes)
      .flatMap(decodeBatch)
      .filter((record) => record.offset >= offset);
  }

  /** First record with a timestamp at or after `timeMs`. */
  findTime(timeMs: number): { offset: number; timestampMs: number } | undefined {
    const entry = this.#log.findTime(timeMs);
    return entry && decodeBatch(entry.payload).find(({ timestampMs }) => timestampMs >= timeMs);
  }

  dropBefore(timeMs: number): void {
    this.#log.dropBefore(timeMs);
  }

  close(): void {
    this.#log.close();
  }
}
