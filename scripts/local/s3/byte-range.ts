import { S3Error } from './error.ts';

/** First and last byte, both inclusive. */
export interface ByteRange {
  first: number;
  last: number;
}

/** `bytes=a-b`, `bytes=a-`, `bytes=-n`; `undefined` asks for the whole, as does a header S3 does not understand. */
export function byteRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const range =
    from === ''
      ? { first: Math.max(0, sizeBytes - Number(to)), last: sizeBytes - 1 }
      : { first: Number(from), last: to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1) };
  if (from !== '' && to !== '' && Number(from) > Number(to)) return undefined;
  if (range.first >= sizeBytes || (from === '' && Number(to) === 0)) {
    throw new S3Error(416, 'InvalidRange', `The requested range is not satisfiable: ${header} of ${sizeBytes} bytes`);
  }
  return range;
}
