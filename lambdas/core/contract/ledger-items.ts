/**
 * Keys of the ledger's items: one DynamoDB table with partition key `pk` and sort key `sk`, both text.
 *
 * ```
 * pk                              sk                                    item
 * ledger                          ledger                                identity of the ledger
 * tables                          <table name>                          table name → table id
 * bundles                         <bundle>#<part>                       manifests that were accepted and wait to be placed
 * made#<counter>                  made                                  how many tables were made under a counter
 * table#<table id>                table                                 table record: incarnation, agreed schema
 * table#<table id>                lease                                 commit lease: owner, expiresAtS, dirty
 * table#<table id>                backlog                               staged bytes and count, dueAtMs
 * table#<table id>                repair                                files found missing lately, unexplained
 * cursor#<source>/<partition>     cursor                                cursor of a source partition
 * manifest#<table id>#<bucket>    <source>/<partition>#<line>#<ordinal> manifest
 * ```
 */
export const itemFormat = 1;

/** Manifests of a table spread over this many DynamoDB partitions, by hash of their first source partition. */
export const manifestBuckets = 16;

export interface ItemKey {
  pk: string;
  sk: string;
}

export const manifestPrefix = 'manifest#';

export const ledgerKey: ItemKey = { pk: 'ledger', sk: 'ledger' };
export const tableNamesPk = 'tables';
export const tableNameKey = (tableName: string): ItemKey => ({ pk: tableNamesPk, sk: tableName });
export const tableKey = (tableId: string): ItemKey => ({ pk: `table#${tableId}`, sk: 'table' });
export const bundlesPk = 'bundles';
/** A bundle is parted where it is more than an item holds; its first part, 0, counts what is placed. */
export const bundleKey = (bundleId: string, part: number): ItemKey => ({
  pk: bundlesPk,
  sk: `${bundleId}#${String(part).padStart(2, '0')}`,
});
export const madeTablesKey = (counter: string): ItemKey => ({ pk: `made#${counter}`, sk: 'made' });
export const leaseKey = (tableId: string): ItemKey => ({ pk: `table#${tableId}`, sk: 'lease' });
export const backlogKey = (tableId: string): ItemKey => ({ pk: `table#${tableId}`, sk: 'backlog' });
export const repairTallyKey = (tableId: string): ItemKey => ({ pk: `table#${tableId}`, sk: 'repair' });
export const cursorKey = (sourcePartition: string): ItemKey => ({ pk: `cursor#${sourcePartition}`, sk: 'cursor' });

/** `bucket` is 0 to 15, written as two digits. */
export const manifestPk = (tableId: string, bucket: number): string =>
  `${manifestPrefix}${tableId}#${String(bucket).padStart(2, '0')}`;

/**
 * Sort key of a manifest. Ordinals count from 1 for each incarnation of the table and each ledger, so that `line`, a hash of
 * both, keeps apart what waits of different ones. Ordinals are padded to 16 digits: sort keys of one line order as numbers do.
 */
const manifestSk = (sourcePartition: string, line: ManifestLine, ordinal: number): string => {
  const hash = fnv1a(`${line.ledgerId}/${line.incarnation}`).toString(16).padStart(8, '0');
  return `${sourcePartition}#${hash}#${String(ordinal).padStart(16, '0')}`;
};

export interface ManifestLine {
  ledgerId: string;
  incarnation: string;
}

export const manifestKey = (
  tableId: string,
  sourcePartition: string,
  line: ManifestLine,
  ordinal: number,
): ItemKey => ({
  pk: manifestPk(tableId, bucketOf(sourcePartition)),
  sk: manifestSk(sourcePartition, line, ordinal),
});

export const bucketOf = (sourcePartition: string): number => fnv1a(sourcePartition) % manifestBuckets;

/** FNV-1a over UTF-16 units, unsigned: stable for ever, since keys at rest depend on it. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
