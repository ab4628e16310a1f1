import { randomUUID } from 'node:crypto';
import { type BlockBlobClient, RestError } from '@azure/storage-blob';
import type { Upload } from '#delta/object-store.ts';
import { Gathered } from '../lake/gathered.ts';
import { infoOf, outcomeOf } from './azure-answers.ts';

/** Azure takes 50,000 blocks. */
const blockBytes = 8 * 1024 * 1024;

/**
 * A blob in blocks, which nobody sees until a list of them is committed. Ids are this upload's own: blocks of another upload of the
 * same blob wait beside them, and go when either is committed. What a crash leaves, Azure forgets within a week.
 */
export function azureUpload(blob: BlockBlobClient, path: string): Upload {
  const id = randomUUID();
  const blocks: string[] = [];
  let sizeBytes = 0;
  const gathered = new Gathered(blockBytes, async (bytes) => {
    const block = Buffer.from(`${id}-${String(blocks.length).padStart(5, '0')}`).toString('base64');
    blocks.push(block);
    await blob.stageBlock(block, bytes, bytes.length);
  });

  const commit = async (conditions: { ifNoneMatch?: '*' }): Promise<void> => {
    await gathered.flush();
    await blob.commitBlockList(blocks, { conditions });
  };

  return {
    write(bytes) {
      sizeBytes += bytes.length;
      return gathered.write(bytes);
    },

    async complete() {
      await commit({});
      const properties = await blob.getProperties();
      if (properties.contentLength !== sizeBytes) {
        throw new Error(`${path}: expected the ${sizeBytes} bytes just written, got ${properties.contentLength}`);
      }
      return infoOf(path, properties);
    },

    async completeIfAbsent() {
      try {
        return await outcomeOf(commit({ ifNoneMatch: '*' }));
      } catch (error) {
        /** The blocks went with the commit of another upload, or with this one's own that was not answered. */
        if (error instanceof RestError && error.code === 'InvalidBlockList' && (await blob.exists())) return 'exists';
        throw error;
      }
    },

    async abort() {
      await gathered.forget();
    },
  };
}
