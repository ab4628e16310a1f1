/** Names of errors as Kinesis answers them (`__type`). */
export type KinesisErrorName =
  | 'ExpiredIteratorException'
  | 'InvalidArgumentException'
  | 'LimitExceededException'
  | 'ResourceInUseException'
  | 'ResourceNotFoundException'
  | 'SerializationException'
  | 'UnknownOperationException'
  | 'ValidationException';

/** A refused request; answered with status 400. */
export class KinesisError extends Error {
  override readonly name: KinesisErrorName;

  constructor(name: KinesisErrorName, message: string) {
    super(message);
    this.name = name;
  }
}
