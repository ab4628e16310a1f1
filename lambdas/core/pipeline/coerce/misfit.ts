/** Why a record became no row: the `error` column of dead letters. Decoding failures have names of their own. */
export type MisfitError =
  | 'TypeMismatch'
  | 'LossyValue'
  | 'InvalidTimestamp'
  | 'UnknownColumn'
  | 'TooManyColumns'
  | 'TooDeepColumn'
  | 'TooLongColumnName'
  | 'UnsupportedColumn'
  | 'AmbiguousColumn'
  | 'ReservedColumn'
  | 'MissingValue'
  | 'PartitionValue'
  | 'NoColumns'
  | 'TooManyTables'
  | 'Tombstone'
  | 'Poison';

/** A record that does not fit its table; thrown while its row is made, caught where the row would be used. */
export class Misfit extends Error {
  readonly error: MisfitError;
  /** Where in the record: `$.address.zip[2]`. */
  path: string;

  constructor(error: MisfitError, message: string, path = '') {
    super(message);
    this.name = 'Misfit';
    this.error = error;
    this.path = path;
  }
}
