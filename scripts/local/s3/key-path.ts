import { join } from 'node:path';
import { S3Error } from './error.ts';

const maxKeyBytes = 1024;
const maxSegmentBytes = 255;
const refuse = (key: string, why: string) =>
  new S3Error(400, 'InvalidArgument', `key ${JSON.stringify(key.slice(0, 200))} cannot be a file: ${why}`);

/**
 * The file of a key, relative to its bucket's folder. Keys are plain files here, which real S3's need not be: a key with an
 * empty, `.` or `..` segment, or one segment longer than a file name may be, is refused. A trailing `/` names a folder.
 */
export function keyPath(key: string): string {
  if (Buffer.byteLength(key) > maxKeyBytes) {
    throw new S3Error(400, 'KeyTooLongError', `Your key is too long: expected at most ${maxKeyBytes} bytes`);
  }
  if (key.includes('\0')) throw refuse(key, 'it holds a NUL');
  const segments = (key.endsWith('/') ? key.slice(0, -1) : key).split('/');
  for (const segment of segments) {
    if (segment === '') throw refuse(key, 'it has an empty segment');
    if (segment === '.' || segment === '..') throw refuse(key, `it has the segment "${segment}"`);
    if (Buffer.byteLength(segment) > maxSegmentBytes) throw refuse(key, `a segment exceeds ${maxSegmentBytes} bytes`);
  }
  return join(...segments);
}

/** Rules of bucket names that matter on a disk and in a host name. */
export function checkBucketName(name: string): void {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
    throw new S3Error(
      400,
      'InvalidBucketName',
      `The specified bucket is not valid: ${JSON.stringify(name)}: expected 3 to 63 of a-z, 0-9, "." and "-"`,
    );
  }
}
