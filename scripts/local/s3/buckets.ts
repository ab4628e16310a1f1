import { createHash, randomUUID } from 'node:crypto';
import {
  type BigIntStats,
  createReadStream,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { checkWrite, type WriteCondition } from './conditions.ts';
import { noSuchKey, S3Error } from './error.ts';
import { checkBucketName, keyPath } from './key-path.ts';
import { folderMarker, type Metadata, type ObjectMetadata, openMetadata } from './metadata.ts';

export interface StoredObject extends ObjectMetadata {
  key: string;
  sizeBytes: number;
  lastModifiedMs: number;
  /** Names the very file that these words are about. */
  fingerprint: string;
}

/** Side folder in the root: no bucket can have its name, and it shares the file system, which link(2) needs. */
const sideFolder = '.s3';

export const fingerprintOf = (stat: BigIntStats) => `${stat.ino}-${stat.size}-${stat.mtimeNs}`;
const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

/**
 * Buckets as folders under `root`, objects as the plain files they are. An object is written beside the buckets and then
 * named in one synchronous step, so in this process conditions and naming cannot be parted, and a kill leaves the old
 * object or the new one. `If-None-Match: *` is link(2): exclusive even against other processes. Nothing is fsynced: what
 * the page cache holds survives the death of the process, not that of the machine.
 */
export class Buckets {
  readonly root: string;
  readonly metadata: Metadata;
  readonly #temporary: string;
  readonly #nowMs: (() => number) | undefined;

  /** @param nowMs stamps objects; without it the file system does */
  constructor(root: string, nowMs?: () => number) {
    this.root = root;
    this.#nowMs = nowMs;
    this.metadata = openMetadata(join(root, sideFolder, 'metadata.sqlite'));
    this.#temporary = join(root, sideFolder, 'temporary');
    rmSync(this.#temporary, { recursive: true, force: true });
    mkdirSync(this.#temporary, { recursive: true });
  }

  /** A fresh file path that no listing shows. */
  temporaryFile(): string {
    return join(this.#temporary, randomUUID());
  }

  partFile(upload: string, number: number): string {
    return join(this.root, sideFolder, 'uploads', upload, String(number));
  }

  names(): string[] {
    return readdirSync(this.root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== sideFolder)
      .map((entry) => entry.name)
      .sort();
  }

  create(bucket: string): void {
    checkBucketName(bucket);
    mkdirSync(join(this.root, bucket), { recursive: true });
  }

  folder(bucket: string): string {
    checkBucketName(bucket);
    const folder = join(this.root, bucket);
    if (!existsSync(folder)) {
      throw new S3Error(404, 'NoSuchBucket', `The specified bucket does not exist: ${JSON.stringify(bucket)}`);
    }
    return folder;
  }

  remove(bucket: string): void {
    try {
      rmdirSync(this.folder(bucket));
    } catch (error) {
      if (codeOf(error) !== 'ENOTEMPTY') throw error;
      throw new S3Error(
        409,
        'BucketNotEmpty',
        `The bucket you tried to delete is not empty: ${JSON.stringify(bucket)}`,
      );
    }
  }

  path(bucket: string, key: string): string {
    return join(this.folder(bucket), keyPath(key));
  }

  #stat(path: string): BigIntStats | undefined {
    try {
      return statSync(path, { bigint: true });
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
      throw error;
    }
  }

  /** The object if its metadata is at hand; `unknown` for a file that this server has not written. */
  #look(bucket: string, key: string): StoredObject | 'unknown' | undefined {
    const stat = this.#stat(this.path(bucket, key));
    if (stat === undefined || stat.isDirectory() !== key.endsWith('/')) return undefined;
    const fingerprint = stat.isDirectory() ? folderMarker : fingerprintOf(stat);
    const metadata = this.metadata.get(bucket, key, fingerprint);
    if (metadata === undefined) return stat.isDirectory() ? undefined : 'unknown';
    const sizeBytes = stat.isDirectory() ? 0 : Number(stat.size);
    return { key, sizeBytes, lastModifiedMs: Number(stat.mtimeMs), fingerprint, ...metadata };
  }

  /** The object under a key. A file that came here by other ways gets the MD5 of its bytes as ETag, once. */
  async find(bucket: string, key: string): Promise<StoredObject | undefined> {
    const found = this.#look(bucket, key);
    if (found !== 'unknown') return found;
    const path = this.path(bucket, key);
    const stat = this.#stat(path);
    if (stat === undefined) return undefined;
    const md5 = createHash('md5');
    await pipeline(createReadStream(path), md5);
    const metadata = {
      etag: md5.digest('hex'),
      headers: { 'content-type': 'binary/octet-stream' },
      checksums: {},
    };
    const fingerprint = fingerprintOf(stat);
    this.metadata.put(bucket, key, fingerprint, metadata);
    return { key, sizeBytes: Number(stat.size), lastModifiedMs: Number(stat.mtimeMs), fingerprint, ...metadata };
  }

  async get(bucket: string, key: string): Promise<StoredObject> {
    const found = await this.find(bucket, key);
    if (found === undefined) throw noSuchKey(key);
    return found;
  }

  #etagNow(bucket: string, key: string): string | undefined {
    const found = this.#look(bucket, key);
    return found === 'unknown' ? 'unknown' : found?.etag;
  }

  /**
   * Names the finished `file` as the object, or refuses (412, 409, 404 by the condition; 409 where a file would have to be
   * a folder). One synchronous step; the file is gone from its temporary place either way.
   * @param before the ETag when the request arrived
   */
  place(
    file: string,
    bucket: string,
    key: string,
    metadata: ObjectMetadata,
    condition: WriteCondition,
    before: string | undefined,
  ): StoredObject {
    const path = this.path(bucket, key);
    try {
      checkWrite(condition, key, before, this.#etagNow(bucket, key));
      if (key.endsWith('/')) return this.#placeFolder(path, file, bucket, key, metadata);
      makeParents(path, key);
      if (this.#nowMs !== undefined) utimesSync(file, this.#nowMs() / 1000, this.#nowMs() / 1000);
      const stat = statSync(file, { bigint: true });
      const fingerprint = fingerprintOf(stat);
      this.metadata.put(bucket, key, fingerprint, metadata);
      if (condition.kind === 'absent') linkFile(file, path, key);
      else renameFile(file, path, key);
      this.metadata.forgetOthers(bucket, key, fingerprint);
      return { key, sizeBytes: Number(stat.size), lastModifiedMs: Number(stat.mtimeMs), fingerprint, ...metadata };
    } finally {
      rmSync(file, { force: true });
    }
  }

  #placeFolder(path: string, file: string, bucket: string, key: string, metadata: ObjectMetadata): StoredObject {
    if (statSync(file).size > 0) {
      throw new S3Error(400, 'InvalidArgument', `key ${JSON.stringify(key)} is a folder here: expected no bytes in it`);
    }
    makeParents(join(path, '_'), key);
    this.metadata.put(bucket, key, folderMarker, metadata);
    return { key, sizeBytes: 0, lastModifiedMs: Date.now(), fingerprint: folderMarker, ...metadata };
  }

  /** Deletes the object if it is there; with `ifMatch` only that very one (412, 404). Empty folders go with it. */
  delete(bucket: string, key: string, condition: WriteCondition): void {
    const path = this.path(bucket, key);
    if (condition.kind === 'matches') {
      const now = this.#etagNow(bucket, key);
      checkWrite(condition, key, now, now);
    }
    const stat = this.#stat(path);
    if (stat !== undefined && stat.isDirectory() === key.endsWith('/')) {
      if (!stat.isDirectory()) unlinkSync(path);
      this.metadata.forgetOthers(bucket, key);
      this.#removeEmptyFolders(bucket, stat.isDirectory() ? `${key}_` : key);
    }
  }

  #removeEmptyFolders(bucket: string, key: string): void {
    let end = key.lastIndexOf('/');
    while (end > 0) {
      const folderKey = key.slice(0, end + 1);
      if (this.metadata.get(bucket, folderKey, folderMarker) !== undefined) return;
      try {
        rmdirSync(this.path(bucket, folderKey));
      } catch {
        return;
      }
      end = key.lastIndexOf('/', end - 1);
    }
  }

  close(): void {
    this.metadata.close();
  }
}

const parentIsFile = (key: string) =>
  new S3Error(409, 'ObjectParentIsFile', `${JSON.stringify(key)} needs a folder where another object is a file`);

function makeParents(path: string, key: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw codeOf(error) === 'ENOTDIR' || codeOf(error) === 'EEXIST' ? parentIsFile(key) : error;
  }
}

const existingIsFolder = (key: string) =>
  new S3Error(
    409,
    'ExistingObjectIsDirectory',
    `${JSON.stringify(key)} is a folder here, since other keys lie under it`,
  );

function renameFile(file: string, path: string, key: string): void {
  try {
    renameSync(file, path);
  } catch (error) {
    throw codeOf(error) === 'EISDIR' ? existingIsFolder(key) : error;
  }
}

function linkFile(file: string, path: string, key: string): void {
  try {
    linkSync(file, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    throw statSync(path).isDirectory()
      ? existingIsFolder(key)
      : new S3Error(412, 'PreconditionFailed', `${JSON.stringify(key)} came into being from outside this server`);
  }
}
