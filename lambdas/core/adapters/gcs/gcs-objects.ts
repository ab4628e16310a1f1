import { type Bucket, Storage } from '@google-cloud/storage';
import { z } from 'zod';
import type { OutsideLake } from '#contract/lake-settings.ts';
import { answeredInTime } from '../lake/answered-in-time.ts';
import type { LakeObjects } from '../lake/lake.ts';
import { lakeSecret } from '../lake/lake-secret.ts';
import { gcsObjectStore } from './gcs-object-store.ts';

/** The key of a service account, as Google writes it. */
const serviceAccount = z.object({ client_email: z.string().min(1), private_key: z.string().min(1) });

const limits = { retryOptions: { maxRetries: 2, totalTimeout: 60 }, timeout: 20_000 };

/** A bucket of Google Cloud Storage, by the key of a service account. */
export function gcsObjects(
  { bucket, endpoint }: Extract<OutsideLake, { kind: 'gcs' }>,
  secretText: string,
): LakeObjects {
  const credentials = lakeSecret(serviceAccount, secretText, 'client_email and private_key');
  const at = endpoint === undefined ? {} : { apiEndpoint: endpoint };
  return gcsObjectsIn(new Storage({ ...limits, ...at, credentials }).bucket(bucket));
}

/** The same by what Google's own tools go by: application default credentials, `STORAGE_EMULATOR_HOST`. */
export const gcsByEnvironment = (bucket: string): LakeObjects => gcsObjectsIn(new Storage(limits).bucket(bucket));

export const gcsObjectsIn = (bucket: Bucket): LakeObjects =>
  answeredInTime({
    storeOf: (prefix) => gcsObjectStore(bucket, prefix),
    async foldersIn(prefix) {
      const names: string[] = [];
      let pageToken: string | undefined;
      do {
        const [, next, answer] = (await bucket.getFiles({
          ...{ prefix, delimiter: '/', autoPaginate: false },
          ...(pageToken === undefined ? {} : { pageToken }),
        })) as [unknown, { pageToken?: string } | null, { prefixes?: string[] }];
        for (const folder of answer.prefixes ?? []) names.push(folder.slice(prefix.length, -1));
        pageToken = next?.pageToken;
      } while (pageToken !== undefined);
      return names;
    },
  });
