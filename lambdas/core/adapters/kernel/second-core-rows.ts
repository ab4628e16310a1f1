import type { ColumnChunk } from '#columnar/encode/column-chunk.ts';
import { encodeChunks } from '#columnar/encode/parquet-encoder.ts';
import { loadKernel } from '#columnar/kernel/kernel.ts';
import { JsonScanner, type ScannedRows } from '#columnar/scan/json-scanner.ts';
import { PlacedPayload } from '#columnar/scan/payload-arena.ts';
import { partOf } from '#columnar/vector/joined-column.ts';
import { columnKeyOf, columnNameOf } from '#contract/column-name.ts';
import type {
  Answers,
  EncodedPart,
  EncodeJob,
  GroupJob,
  Job,
  PayloadRoom,
  RoomJob,
  RowEdits,
  ScanJob,
} from './second-core-jobs.ts';

/** The rows that a second core has: in a kernel of its own, scan upon scan of one batch. */
export class SecondCoreRows {
  readonly #kernel = loadKernel();
  readonly #scanners: JsonScanner[] = [];
  readonly #scans: { mark: number; rows: ScannedRows }[] = [];

  /** Below it lies nothing. */
  readonly #start = this.#kernel.mark();

  do(job: Job): Answers[Job['kind']] {
    switch (job.kind) {
      case 'room':
        return this.#room(job);
      case 'scan':
        return this.#scan(job);
      case 'group':
        return this.#group(job);
      case 'encode':
        return this.#encode(job);
    }
  }

  #room({ bytes }: RoomJob): PayloadRoom {
    const kernel = this.#kernel;
    this.#scans.length = 0;
    kernel.release(this.#start);
    const start = kernel.allocate(bytes);
    return { memory: kernel.bytes.buffer as SharedArrayBuffer, start, end: start + bytes };
  }

  #scan({ depth, spans, scanner, table }: ScanJob): Answers['scan'] {
    const kernel = this.#kernel;
    const [unneeded] = this.#scans.splice(depth);
    if (unneeded !== undefined) kernel.release(unneeded.mark);
    const mark = kernel.mark();
    if (table !== undefined) {
      const naming = { nameOf: columnNameOf, keyOf: columnKeyOf };
      this.#scanners[scanner] = new JsonScanner(kernel, table.schema, naming, table.reserved);
    }
    const payloads: (PlacedPayload | undefined)[] = [];
    for (let at = 0; at < spans.length; at += 2) {
      const end = spans[at + 1] as number;
      payloads.push(end === 0 ? undefined : new PlacedPayload(kernel, spans[at] as number, end));
    }
    const rows = (this.#scanners[scanner] as JsonScanner).scan(payloads);
    this.#scans.push({ mark, rows });
    return { unscanned: rows.unscanned };
  }

  #group({ scan, edits, columns, rows: wanted }: GroupJob): Answers['group'] {
    const rows = this.#edited(scan, edits);
    return rows.groupRows(columns, wanted).map((group) => ({
      rows: group.rows,
      values: columns.map((column) => rows.value(column, group.rows[0] as number)),
    }));
  }

  #encode({ scan, edits, places, fields, rows: wanted, compression, bloomFilters }: EncodeJob): EncodedPart {
    const kernel = this.#kernel;
    const rows = this.#edited(scan, edits);
    const mark = kernel.mark();
    const columns = rows.columns(places, wanted);
    const count = wanted?.length ?? rows.length;
    const leaves = encodeChunks({ fields, columns, rows: count }, compression, kernel, new Set(bloomFilters)).flat();
    const part = { rows: count, leaves: leaves.map(detached), columns: columns.map(partOf) };
    kernel.release(mark);
    return part;
  }

  #edited(scan: number, { puts, texts }: RowEdits): ScannedRows {
    const rows = this.#scans[scan]?.rows;
    if (rows === undefined) throw new RangeError(`expected one of ${this.#scans.length} scans, got ${scan}`);
    for (const [row, values] of puts) rows.put(row, values);
    for (const { column, runs, rows: lengths } of texts) {
      let row = 0;
      for (const [run, text] of runs.entries()) {
        const end = row + (lengths[run] as number);
        if (text === undefined) row = end;
        else for (; row < end; row++) rows.putText(column, row, text);
      }
    }
    return rows;
  }
}

/** The chunk without views of anything larger: what is handed over is copied with all that lies around it. */
function detached(chunk: ColumnChunk): ColumnChunk {
  const bytes = new Uint8Array(chunk.sizeBytes);
  let end = 0;
  for (const piece of chunk.bytes) {
    bytes.set(piece, end);
    end += piece.length;
  }
  return {
    ...chunk,
    bytes: [bytes],
    bounds: copied(chunk.bounds),
    pages: chunk.pages.map((page) => ({ ...page, bounds: copied(page.bounds) })),
    bloomFilter: chunk.bloomFilter && Uint8Array.from(chunk.bloomFilter),
  };
}

const copied = (bounds: ColumnChunk['bounds']): ColumnChunk['bounds'] =>
  bounds && { ...bounds, least: Uint8Array.from(bounds.least), greatest: Uint8Array.from(bounds.greatest) };
