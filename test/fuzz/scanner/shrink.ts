import { type Difference, differenceOf, type ScannerCase, type Tally } from './difference.ts';

/** A smaller case that still differs, and how: batches, records, bytes and columns are left out as long as `deadlineMs` allows. */
export function shrunk(original: ScannerCase, found: Difference, deadlineMs: number): [ScannerCase, Difference] {
  let best: [ScannerCase, Difference] = [original, found];
  const isIn = () => performance.now() < deadlineMs;
  const tried = (candidate: ScannerCase): boolean => {
    const difference = outcomeOf(candidate);
    if (difference === undefined) return false;
    best = [candidate, difference];
    return true;
  };
  const { batch, row } = found;
  const culprit = row === undefined ? undefined : original.batches[batch]?.[row];
  if (culprit !== undefined) tried({ ...original, batches: [[culprit]] });
  for (let before = ''; isIn() && before !== sizeOf(best[0]); ) {
    before = sizeOf(best[0]);
    for (const candidates of [withoutBatches, withoutRecords, withoutColumns, withoutBytes]) {
      for (let again = true; again && isIn(); ) {
        again = false;
        for (const candidate of candidates(best[0])) {
          if (!isIn()) break;
          if (tried(candidate)) {
            again = true;
            break;
          }
        }
      }
    }
  }
  return best;
}

/** A crash is a difference too. */
export function outcomeOf(candidate: ScannerCase, tally?: Tally): Difference | undefined {
  try {
    return differenceOf(candidate, tally);
  } catch (error) {
    return { message: error instanceof Error ? (error.stack ?? error.message) : String(error), batch: -1 };
  }
}

const sizeOf = ({ schema, batches }: ScannerCase): string =>
  `${schema.fields.length} ${batches.map((batch) => batch.reduce((sum, payload) => sum + (payload?.length ?? 0), 1))}`;

/** Parts left out, halves first, then quarters … */
function* without<T>(parts: readonly T[]): Generator<T[]> {
  for (let size = Math.ceil(parts.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < parts.length; start += size) {
      if (size < parts.length) yield [...parts.slice(0, start), ...parts.slice(start + size)];
    }
  }
}

function* withoutBatches(original: ScannerCase): Generator<ScannerCase> {
  for (const batches of without(original.batches)) yield { ...original, batches };
}

function* eachBatch<T>(original: ScannerCase, smaller: (batch: readonly (Buffer | undefined)[]) => Iterable<T>) {
  for (const [index, batch] of original.batches.entries()) {
    for (const less of smaller(batch)) yield { ...original, batches: original.batches.with(index, less as never) };
  }
}

const withoutRecords = (original: ScannerCase): Generator<ScannerCase> =>
  eachBatch(original, (batch) => without(batch));

function* withoutColumns(original: ScannerCase): Generator<ScannerCase> {
  if (original.positionColumns) return;
  for (const fields of without(original.schema.fields)) yield { ...original, schema: { type: 'struct', fields } };
}

const withoutBytes = (original: ScannerCase): Generator<ScannerCase> =>
  eachBatch(original, function* (batch) {
    for (const [row, payload] of batch.entries()) {
      if (payload === undefined) continue;
      for (const bytes of without([...payload])) yield batch.with(row, Buffer.from(bytes));
    }
  });
