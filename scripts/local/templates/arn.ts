/** The name in a name or ARN of a function, stream, table, bucket or state machine; qualifiers and versions left out. */
export function nameInArn(text: string): string {
  if (!text.startsWith('arn:')) return text.split(':')[0]!;
  const [, , service, , , ...rest] = text.split(':');
  switch (service) {
    case 'lambda':
    case 'states':
      return rest[1]!;
    case 'dynamodb':
    case 'kinesis':
      return rest.join(':').split('/')[1]!;
    default:
      return rest.at(-1)!.replace(/^.*\//, '');
  }
}
