import { kernelEngines } from '#adapters/kernel/batch-engines.ts';
import type { BatchEngines } from '#pipeline/ingest/batch-engine.ts';
import { ParsedRows } from '#pipeline/ingest/parsed-rows.ts';
import type { ScannedRows } from '#pipeline/ingest/unfiled-rows.ts';

/** Rows of a scan that leaves every one of them to the parser. */
class UnscannedRows extends ParsedRows implements ScannedRows {
  putValue(place: readonly number[], row: number): void {
    throw new Error(`expected nothing to be put at ${place} of row ${row}, which is the parser's`);
  }

  cutTexts(): void {}

  readTimes(): readonly number[] {
    return [];
  }

  writeInstants(): void {}

  countUnits(): void {}

  leave(rows: readonly number[]): void {
    if (rows.length > 0) throw new Error(`expected no row to be left twice, got ${rows}`);
  }
}

/** Engines that leave every record to the parser. */
export function parsingEngines(): BatchEngines {
  const pool = kernelEngines();
  return {
    take() {
      const engine = pool.take();
      return {
        payloads: engine.payloads,
        scan: (schema, _reserved, payloads) => new UnscannedRows(schema, payloads.length),
        encode: (...file) => engine.encode(...file),
        mark: () => engine.mark(),
        release: (mark) => engine.release(mark),
      };
    },
    give: () => undefined,
  };
}
