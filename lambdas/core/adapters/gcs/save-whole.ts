import type { File } from '@google-cloud/storage';

/** Puts a whole object in one request; `absent`: unless there is one. */
export const saveWhole = (file: File, bytes: Uint8Array, absent: boolean): Promise<void> =>
  file.save(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
    resumable: false,
    validation: false,
    ...(absent ? { preconditionOpts: { ifGenerationMatch: 0 } } : {}),
  });
