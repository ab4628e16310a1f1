/** A refusal in S3's own words: HTTP status, error code of the XML body, message. */
export class S3Error extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'S3Error';
    this.status = status;
    this.code = code;
  }
}

export const noSuchKey = (key: string) =>
  new S3Error(404, 'NoSuchKey', `The specified key does not exist: ${JSON.stringify(key)}`);

export const preconditionFailed = (condition: string) =>
  new S3Error(412, 'PreconditionFailed', `At least one of the pre-conditions you specified did not hold: ${condition}`);

/** What changed under a conditional write while its body was still arriving. */
export const conditionalRequestConflict = (key: string) =>
  new S3Error(
    409,
    'ConditionalRequestConflict',
    `A conflicting operation changed ${JSON.stringify(key)} during this conditional request: try again`,
  );

export const invalidArgument = (message: string) => new S3Error(400, 'InvalidArgument', message);
