import type { Action, AddFile, MetaData, Protocol, RemoveFile, Txn } from '#delta/actions.ts';

/** Actions with everything filled in that a test does not care about. */
export const addFile = (path: string, rest: Partial<AddFile> = {}): AddFile => ({
  path,
  partitionValues: {},
  size: 100,
  modificationTime: 1_700_000_000_000,
  dataChange: true,
  ...rest,
});

export const removeFile = (path: string, rest: Partial<RemoveFile> = {}): RemoveFile => ({
  path,
  deletionTimestamp: 1_700_000_000_000,
  dataChange: true,
  ...rest,
});

export const protocolAction = (rest: Partial<Protocol> = {}): { protocol: Protocol } => ({
  protocol: { minReaderVersion: 1, minWriterVersion: 2, ...rest },
});

export const schemaString = (...columns: [name: string, type: unknown][]): string =>
  JSON.stringify({
    type: 'struct',
    fields: columns.map(([name, type]) => ({ name, type, nullable: true, metadata: {} })),
  });

export const metaDataAction = (rest: Partial<MetaData> = {}): { metaData: MetaData } => ({
  metaData: {
    id: 'table-1',
    format: { provider: 'parquet', options: {} },
    schemaString: schemaString(['id', 'long']),
    partitionColumns: [],
    configuration: {},
    ...rest,
  },
});

export const txnAction = (appId: string, version: bigint, rest: Partial<Txn> = {}): { txn: Txn } => ({
  txn: { appId, version, ...rest },
});

/** Version 0 of a table, with whatever comes along. */
export const tableCreation = (...rest: Action[]): Action[] => [protocolAction(), metaDataAction(), ...rest];
