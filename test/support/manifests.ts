import type { Manifest, ManifestRange, StagedFile } from '#pipeline/ledger/manifest.ts';

/** Manifests with everything filled in that a test does not care about. */
export const stagedFile = (path: string, rest: Partial<StagedFile> = {}): StagedFile => ({
  path,
  sizeBytes: 1_000,
  rows: 10,
  partitionValues: {},
  stats: '{"numRecords":10}',
  modifiedMs: 1_700_000_000_000,
  ...rest,
});

export const manifestRange = (ordinal: number, rest: Partial<ManifestRange> = {}): ManifestRange => ({
  sourcePartition: 'clicks/0',
  ledgerId: 'ledger-1',
  ordinal,
  revision: ordinal,
  from: String(ordinal * 10),
  to: String(ordinal * 10 + 9),
  rows: 10,
  ...rest,
});

export const manifest = (ranges: ManifestRange[], rest: Partial<Manifest> = {}): Manifest => ({
  tableId: 't1',
  incarnation: 'incarnation-1',
  ranges,
  files: [
    stagedFile(
      `part-${ranges.map(({ sourcePartition, ordinal }) => `${sourcePartition.replace('/', '-')}-${ordinal}`).join('_')}.parquet`,
    ),
  ],
  oldestArrivalMs: 1_700_000_000_000,
  newestArrivalMs: 1_700_000_001_000,
  stagedMs: 1_700_000_002_000,
  schemaVersion: 1,
  ...rest,
});
