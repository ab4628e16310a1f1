/**
 * The column that a field of a record goes to. Delta's tables without column mapping refuse ` ,;{}()=`, tabs and line breaks in
 * names: each becomes `_`, so that `US Gross` is `US_Gross`. An empty name is `_`. Names that then differ only by case, or not at
 * all, are one column; a record with two fields for one column is a dead letter.
 */
export const columnNameOf = (fieldName: string): string =>
  fieldName === '' ? '_' : fieldName.replace(/[ ,;{}()\n\r\t=]/g, '_');

/** Delta compares column names without regard to case. */
export const columnKeyOf = (columnName: string): string => columnName.toLowerCase();
