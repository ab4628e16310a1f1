/** Names of the files under `_delta_log/` (PROTOCOL.md, "File Types"). Paths are relative to the table. */
export const logFolder = '_delta_log/';
export const lastCheckpointPath = `${logFolder}_last_checkpoint`;

/** Versions are int64 on paper; here safe integers. */
export const paddedVersion = (version: number): string => String(version).padStart(20, '0');

/** `%020d.json`: also the `fileName` of an entry in the `delta_log` table. */
export const commitFileName = (version: number): string => `${paddedVersion(version)}.json`;
export const commitPath = (version: number): string => `${logFolder}${commitFileName(version)}`;
export const checkpointPath = (version: number): string => `${logFolder}${paddedVersion(version)}.checkpoint.parquet`;

/** A V2 checkpoint's own file; `id` is a UUID. */
export const v2CheckpointPath = (version: number, id: string): string =>
  `${logFolder}${paddedVersion(version)}.checkpoint.${id}.parquet`;
export const sidecarFilePath = (name: string): string => `${logFolder}_sidecars/${name}`;

/** Where a commit's bytes lie until they are `N.json`, relative to `_delta_log/`: an entry's `tempPath`. */
export const tempCommitPath = (version: number, id: string): string => `.tmp/${commitFileName(version)}.${id}`;
/** Where entries' files lie, relative to the table. */
export const tempCommitFolder = `${logFolder}.tmp/`;

/** Everything of `version` and later in the log sorts after this path. */
export const beforeVersion = (version: number): string => `${logFolder}${paddedVersion(version)}`;

export type LogFile =
  | { kind: 'commit'; version: number }
  | { kind: 'checkpoint'; version: number }
  | { kind: 'multipartCheckpoint'; version: number; part: number; parts: number }
  | { kind: 'v2Checkpoint'; version: number; format: 'json' | 'parquet' }
  | { kind: 'compacted'; version: number; lastVersion: number }
  | { kind: 'checksum'; version: number };

const patterns: { pattern: RegExp; toFile: (version: number, groups: string[]) => LogFile }[] = [
  { pattern: /^(\d{20})\.json$/, toFile: (version) => ({ kind: 'commit', version }) },
  { pattern: /^(\d{20})\.checkpoint\.parquet$/, toFile: (version) => ({ kind: 'checkpoint', version }) },
  {
    pattern: /^(\d{20})\.checkpoint\.(\d{10})\.(\d{10})\.parquet$/,
    toFile: (version, [part, parts]) => ({
      kind: 'multipartCheckpoint',
      version,
      part: Number(part),
      parts: Number(parts),
    }),
  },
  {
    pattern: /^(\d{20})\.checkpoint\.[0-9a-fA-F-]{36}\.(json|parquet)$/,
    toFile: (version, [format]) => ({ kind: 'v2Checkpoint', version, format: format as 'json' | 'parquet' }),
  },
  {
    pattern: /^(\d{20})\.(\d{20})\.compacted\.json$/,
    toFile: (version, [last]) => ({ kind: 'compacted', version, lastVersion: Number(last) }),
  },
  { pattern: /^(\d{20})\.crc$/, toFile: (version) => ({ kind: 'checksum', version }) },
];

/** What a path of the log is; `undefined` for everything that is not a file of a version. */
export function parseLogPath(path: string): LogFile | undefined {
  if (!path.startsWith(logFolder)) return undefined;
  const name = path.slice(logFolder.length);
  for (const { pattern, toFile } of patterns) {
    const [, version, ...groups] = pattern.exec(name) ?? [];
    if (version !== undefined) return toFile(Number(version), groups);
  }
  return undefined;
}
