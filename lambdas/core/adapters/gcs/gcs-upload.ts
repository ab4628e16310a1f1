import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Bucket } from '@google-cloud/storage';
import type { Upload } from '#delta/object-store.ts';
import { infoOf, outcomeOf, unlessAbsent } from './gcs-answers.ts';
import { saveWhole } from './save-whole.ts';

/** Where objects lie while they arrive, outside of every table. What a crash leaves there is for a lifecycle rule of the bucket. */
const uploadFolder = '_alluvium/uploads/';

const chunkBytes = 8 * 1024 * 1024;

/**
 * An object in pieces: one put when all of it fits into a chunk, else it arrives under a name of its own, and is then put in its
 * place by a copy within the bucket, which is one step.
 */
export function gcsUpload(bucket: Bucket, key: string, path: string): Upload {
  const arriving = bucket.file(`${uploadFolder}${randomUUID()}`);
  const target = bucket.file(key);
  let small: Uint8Array[] = [];
  let sizeBytes = 0;
  let stream: Writable | undefined;
  let arrived: Promise<void> | undefined;

  const send = async (bytes: Uint8Array): Promise<void> => {
    if (stream === undefined) {
      stream = arriving.createWriteStream({ resumable: true, chunkSize: chunkBytes, validation: false });
      arrived = finished(stream);
      arrived.catch(() => undefined);
    }
    if (!stream.write(bytes)) await Promise.race([once(stream, 'drain'), arrived]);
  };

  const place = async (absent: boolean): Promise<void> => {
    if (stream === undefined) {
      await saveWhole(target, Buffer.concat(small), absent);
      return;
    }
    if (!stream.writableEnded) stream.end();
    await arrived;
    await arriving.copy(target, absent ? { preconditionOpts: { ifGenerationMatch: 0 } } : {});
  };

  const forget = async (): Promise<void> => {
    small = [];
    if (stream === undefined) return;
    if (!stream.writableEnded) stream.destroy();
    await arrived?.catch(() => undefined);
    await arriving.delete({ ignoreNotFound: true });
  };

  return {
    async write(bytes) {
      sizeBytes += bytes.length;
      small.push(Uint8Array.from(bytes));
      if (stream === undefined && sizeBytes <= chunkBytes) return;
      const pieces = small;
      small = [];
      for (const piece of pieces) await send(piece);
    },

    async complete() {
      await place(false);
      await forget();
      const answer = await unlessAbsent(target.getMetadata());
      const info = answer && infoOf(path, answer[0]);
      if (info?.sizeBytes !== sizeBytes) {
        throw new Error(`${path}: expected the ${sizeBytes} bytes just written, got ${info?.sizeBytes ?? 'nothing'}`);
      }
      return info;
    },

    async completeIfAbsent() {
      const outcome = await outcomeOf(place(true));
      if (outcome !== 'unknown') await forget();
      return outcome;
    },

    abort: forget,
  };
}
