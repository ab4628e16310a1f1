import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What S3 remembers of an object besides its bytes. */
export interface ObjectMetadata {
  /** Without quotes. */
  etag: string;
  /** Response headers given at the upload: content type, user metadata … */
  headers: Record<string, string>;
  /** `x-amz-checksum-*` headers. */
  checksums: Record<string, string>;
}

export interface Upload {
  id: string;
  bucket: string;
  key: string;
  startedMs: number;
  headers: Record<string, string>;
  /** `CRC32` … and `COMPOSITE` or `FULL_OBJECT`, as the upload was created with. */
  checksumAlgorithm: string | null;
  checksumType: string | null;
}

export interface UploadPart {
  number: number;
  etag: string;
  sizeBytes: number;
  storedMs: number;
  checksum: string | null;
}

/** A file's fingerprint for a `<folder>/` key, which is a folder on disk. */
export const folderMarker = 'folder';

/**
 * Metadata of objects and unfinished uploads in one SQLite file beside the buckets. A row belongs to one very file (inode,
 * size, mtime): it is written before that file takes its name, so after a kill at any point each file finds its own row.
 * The database is locked for this process: a second server over the same root is refused.
 */
export function openMetadata(path: string) {
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  try {
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS object (
        bucket TEXT, key TEXT, fingerprint TEXT, etag TEXT NOT NULL, headers TEXT NOT NULL, checksums TEXT NOT NULL,
        PRIMARY KEY (bucket, key, fingerprint)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS upload (
        id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, startedMs INTEGER NOT NULL, headers TEXT NOT NULL,
        checksumAlgorithm TEXT, checksumType TEXT);
      CREATE TABLE IF NOT EXISTS part (
        upload TEXT, number INTEGER, etag TEXT NOT NULL, sizeBytes INTEGER NOT NULL, storedMs INTEGER NOT NULL,
        checksum TEXT, PRIMARY KEY (upload, number)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS configuration (
        bucket TEXT, name TEXT, document TEXT NOT NULL, PRIMARY KEY (bucket, name)) WITHOUT ROWID;
    `);
  } catch (cause) {
    database.close();
    throw new Error(`cannot open ${path}: expected no other process to serve this folder`, { cause });
  }
  const insert = database.prepare('INSERT OR REPLACE INTO object VALUES (?, ?, ?, ?, ?, ?)');
  const select = database.prepare(
    'SELECT etag, headers, checksums FROM object WHERE bucket = ? AND key = ? AND fingerprint = ?',
  );
  const removeOthers = database.prepare('DELETE FROM object WHERE bucket = ? AND key = ? AND fingerprint <> ?');
  const insertUpload = database.prepare('INSERT INTO upload VALUES (?, ?, ?, ?, ?, ?, ?)');
  const selectUpload = database.prepare('SELECT * FROM upload WHERE id = ?');
  const selectUploads = database.prepare('SELECT * FROM upload WHERE bucket = ? ORDER BY key, startedMs');
  const insertPart = database.prepare('INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?, ?, ?)');
  const selectParts = database.prepare(
    'SELECT number, etag, sizeBytes, storedMs, checksum FROM part WHERE upload = ? ORDER BY number',
  );
  const removeUpload = database.prepare('DELETE FROM upload WHERE id = ?');
  const removeParts = database.prepare('DELETE FROM part WHERE upload = ?');
  const insertConfiguration = database.prepare('INSERT OR REPLACE INTO configuration VALUES (?, ?, ?)');
  const selectConfiguration = database.prepare('SELECT document FROM configuration WHERE bucket = ? AND name = ?');
  const removeConfiguration = database.prepare('DELETE FROM configuration WHERE bucket = ? AND name = ?');
  const asUpload = (row: Record<string, unknown>) => ({ ...row, headers: JSON.parse(row.headers as string) }) as Upload;
  return {
    put(bucket: string, key: string, fingerprint: string, { etag, headers, checksums }: ObjectMetadata): void {
      insert.run(bucket, key, fingerprint, etag, JSON.stringify(headers), JSON.stringify(checksums));
    },
    get(bucket: string, key: string, fingerprint: string): ObjectMetadata | undefined {
      const row = select.get(bucket, key, fingerprint) as Record<keyof ObjectMetadata, string> | undefined;
      if (row === undefined) return undefined;
      return { etag: row.etag, headers: JSON.parse(row.headers), checksums: JSON.parse(row.checksums) };
    },
    /** Forgets what was known of earlier files under this key; of all when `fingerprint` is absent. */
    forgetOthers(bucket: string, key: string, fingerprint = ''): void {
      removeOthers.run(bucket, key, fingerprint);
    },
    putUpload({ id, bucket, key, startedMs, headers, checksumAlgorithm, checksumType }: Upload): void {
      insertUpload.run(id, bucket, key, startedMs, JSON.stringify(headers), checksumAlgorithm, checksumType);
    },
    getUpload(id: string): Upload | undefined {
      const row = selectUpload.get(id);
      return row === undefined ? undefined : asUpload(row);
    },
    uploadsOf(bucket: string): Upload[] {
      return selectUploads.all(bucket).map(asUpload);
    },
    putPart(upload: string, { number, etag, sizeBytes, storedMs, checksum }: UploadPart): void {
      insertPart.run(upload, number, etag, sizeBytes, storedMs, checksum);
    },
    partsOf(upload: string): UploadPart[] {
      return selectParts.all(upload) as unknown as UploadPart[];
    },
    forgetUpload(id: string): void {
      removeUpload.run(id);
      removeParts.run(id);
    },
    /** Keeps a document that configures a bucket; `undefined` forgets it. */
    configure(bucket: string, name: string, document: string | undefined): void {
      if (document === undefined) removeConfiguration.run(bucket, name);
      else insertConfiguration.run(bucket, name, document);
    },
    configurationOf(bucket: string, name: string): string | undefined {
      return (selectConfiguration.get(bucket, name) as { document: string } | undefined)?.document;
    },
    close: () => database.close(),
  };
}

export type Metadata = ReturnType<typeof openMetadata>;
