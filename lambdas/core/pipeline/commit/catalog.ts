import type { StructType } from '#delta/schema.ts';

/** The columns of a table as its log has them. */
export interface CatalogTable {
  tableName: string;
  schema: StructType;
}

/** Where query engines look tables up. Describing a table again as it is changes nothing. */
export interface Catalog {
  describe(table: CatalogTable): Promise<void>;
}
