import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Crc32c, Crc64NvmeJs } from '@aws-sdk/checksums/crc';
import { invalidArgument } from './error.ts';

export const checksumAlgorithms = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

export interface RunningChecksum {
  update(bytes: Uint8Array): void;
  /** Base64, as S3 writes it. */
  digest(): Promise<string>;
}

export function startChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  switch (algorithm) {
    case 'crc32': {
      let value = 0;
      return {
        update: (bytes) => {
          value = crc32(bytes, value);
        },
        digest: async () => {
          const bytes = Buffer.alloc(4);
          bytes.writeUInt32BE(value);
          return bytes.toString('base64');
        },
      };
    }
    case 'crc32c':
    case 'crc64nvme': {
      const checksum = algorithm === 'crc32c' ? new Crc32c() : new Crc64NvmeJs();
      return {
        update: (bytes) => checksum.update(bytes),
        digest: async () => Buffer.from(await checksum.digest()).toString('base64'),
      };
    }
    case 'sha1':
    case 'sha256': {
      const hash = createHash(algorithm);
      return {
        update: (bytes) => {
          hash.update(bytes);
        },
        digest: async () => hash.digest('base64'),
      };
    }
  }
}

/** `CRC32` or `crc32` to our name; an algorithm S3 has and this server has not is a clear error. */
export function checksumAlgorithm(name: string): ChecksumAlgorithm {
  const found = checksumAlgorithms.find((known) => known === name.toLowerCase());
  if (found === undefined) {
    throw invalidArgument(
      `checksum algorithm ${JSON.stringify(name)}: expected one of ${checksumAlgorithms.join(', ')}`,
    );
  }
  return found;
}

/** Name of an algorithm's field in XML: `ChecksumCRC32C`. */
export const checksumField = (algorithm: ChecksumAlgorithm): string => `Checksum${algorithm.toUpperCase()}`;
