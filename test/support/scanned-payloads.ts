import { expect } from 'vitest';
import { type Kernel, loadKernel } from '#columnar/kernel/kernel.ts';
import { JsonScanner } from '#columnar/scan/json-scanner.ts';
import { PayloadArena } from '#columnar/scan/payload-arena.ts';
import { columnKeyOf, columnNameOf } from '#contract/column-name.ts';
import type { StructType } from '#delta/schema.ts';
import { differenceOf } from '../fuzz/scanner/difference.ts';

type Payload = string | Uint8Array | undefined;

export const naming = { nameOf: columnNameOf, keyOf: columnKeyOf };
const none: ReadonlySet<string> = new Set();

/** Scans batches of payloads, one after another, with one scanner. */
export function scannerOf(schema: StructType, reserved = none, kernel: Kernel = loadKernel()) {
  const scanner = new JsonScanner(kernel, schema, naming, reserved);
  const arena = new PayloadArena(kernel);
  return (texts: readonly Payload[]) => {
    arena.reset();
    return scanner.scan(
      texts.map((text) => (text === undefined ? text : arena.add(typeof text === 'string' ? Buffer.from(text) : text))),
    );
  };
}

/** All rows' values, with what was left to the parser as `left`. */
export function scanned(schema: StructType, texts: readonly Payload[], reserved = none) {
  const rows = scannerOf(schema, reserved)(texts);
  const left = new Set(rows.unscanned);
  return texts.map((_, row) => (left.has(row) ? 'left' : schema.fields.map((_, column) => rows.value(column, row))));
}

/** The scanner's rows are the parser's. */
export function expectAgreement(schema: StructType, texts: readonly Payload[]): void {
  const batch = texts.map((text) => (text === undefined ? text : Buffer.from(text as string)));
  const difference = differenceOf({ schema, positionColumns: false, batches: [batch, batch] });
  expect(difference?.message).toBeUndefined();
}
