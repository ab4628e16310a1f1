import type { BatchHeader } from './record-batch.ts';

interface AcceptedBatch {
  baseSequence: number;
  lastSequence: number;
  baseOffset: number;
}

/** What a new batch of an idempotent producer is, measured by what the partition has from it. */
export type Verdict =
  | { kind: 'next' }
  | { kind: 'duplicate'; baseOffset: number }
  | { kind: 'outOfOrder'; expected: number }
  | { kind: 'staleEpoch'; current: number };

const keptBatches = 5;
const sequences = 2 ** 31;

const lastSequence = ({ baseSequence, count }: BatchHeader): number => (baseSequence + count - 1) % sequences;

/** The idempotent producers of one partition: epoch and last five batches of each. Sequences wrap at 2^31. */
export class ProducerState {
  readonly #producers = new Map<number, { epoch: number; batches: AcceptedBatch[] }>();

  judge(batch: BatchHeader): Verdict {
    const known = this.#producers.get(batch.producerId);
    if (batch.producerId < 0 || known === undefined) return { kind: 'next' };
    if (batch.producerEpoch < known.epoch) return { kind: 'staleEpoch', current: known.epoch };
    if (batch.producerEpoch > known.epoch) {
      return batch.baseSequence === 0 ? { kind: 'next' } : { kind: 'outOfOrder', expected: 0 };
    }
    const same = known.batches.find(
      (old) => old.baseSequence === batch.baseSequence && old.lastSequence === lastSequence(batch),
    );
    if (same !== undefined) return { kind: 'duplicate', baseOffset: same.baseOffset };
    const expected = (known.batches.at(-1)!.lastSequence + 1) % sequences;
    return batch.baseSequence === expected ? { kind: 'next' } : { kind: 'outOfOrder', expected };
  }

  accept(batch: BatchHeader, baseOffset: number): void {
    if (batch.producerId < 0) return;
    const known = this.#producers.get(batch.producerId);
    const batches = known?.epoch === batch.producerEpoch ? known.batches : [];
    batches.push({ baseSequence: batch.baseSequence, lastSequence: lastSequence(batch), baseOffset });
    if (batches.length > keptBatches) batches.shift();
    this.#producers.set(batch.producerId, { epoch: batch.producerEpoch, batches });
  }
}
