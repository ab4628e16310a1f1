import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StructType } from '#delta/schema.ts';
import type { ScannerCase } from './scanner/difference.ts';

/** A case as it is kept: payloads in base64, what it showed once in words. */
export interface Find {
  showed: string;
  schema: StructType;
  positionColumns: boolean;
  batches: (string | null)[][];
}

const file = join(import.meta.dirname, 'finds/scanner.json');

export const finds = (): Find[] => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Find[]) : []);

export function keepFind({ schema, positionColumns, batches }: ScannerCase, showed: string): void {
  const find: Find = {
    showed,
    schema,
    positionColumns,
    batches: batches.map((batch) => batch.map((payload) => payload?.toString('base64') ?? null)),
  };
  writeFileSync(file, `${JSON.stringify([...finds(), find], null, 2)}\n`);
}

export const caseOf = ({ schema, positionColumns, batches }: Find): ScannerCase => ({
  schema,
  positionColumns,
  batches: batches.map((batch) =>
    batch.map((payload) => (payload === null ? undefined : Buffer.from(payload, 'base64'))),
  ),
});
