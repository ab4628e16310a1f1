/** A refusal in DynamoDB's own words: the JSON body of the answer and its HTTP status. */
export class ServiceError extends Error {
  readonly status: number;
  readonly body: { __type: string; message?: string; [field: string]: unknown };

  constructor(type: string, message: string, fields: Record<string, unknown> = {}, status = 400) {
    super(message);
    this.name = type.slice(type.indexOf('#') + 1);
    this.status = status;
    this.body = { __type: type, message, ...fields };
  }
}

const dynamodb = 'com.amazonaws.dynamodb.v20120810#';
const validation = 'com.amazon.coral.validate#ValidationException';

export const serviceError = (name: string, message: string, fields?: Record<string, unknown>) =>
  new ServiceError(dynamodb + name, message, fields);

export const validationError = (message: string) => new ServiceError(validation, message);

export const unknownOperation = (operation: string) =>
  new ServiceError('com.amazon.coral.service#UnknownOperationException', `${operation} is not known to this server`);
