import { randomUUID } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import type { OutsideLake } from '#contract/lake-settings.ts';
import { claimLake } from '../lake/claim-lake.ts';
import type { LakeObjects } from '../lake/lake.ts';
import { lakePaths } from '../lake/lake-paths.ts';
import { lakeSecret } from '../lake/lake-secret.ts';
import { proveConditionalPuts } from '../lake/prove-conditional-puts.ts';
import { within } from './clients.ts';
import { readSecret } from './read-secret.ts';
import { s3Objects } from './s3-objects.ts';

/** Opens a lake outside S3 by its secret, once it has refused a second conditional put and is this environment's. */
export async function openOutsideLake(lake: OutsideLake, environment: string): Promise<LakeObjects> {
  const objects = await provedLake(lake, await readSecret(lake.secretArn));
  await claimLake(objects.storeOf(''), lakePaths(lake, '').uri, environment);
  return objects;
}

/** The same by the text of its secret. */
export async function provedLake(lake: OutsideLake, secretText: string): Promise<LakeObjects> {
  const objects = await outsideObjects(lake, secretText);
  await proveConditionalPuts(objects.storeOf(''), lakePaths(lake, '').uri, randomUUID());
  return objects;
}

async function outsideObjects(lake: OutsideLake, secretText: string): Promise<LakeObjects> {
  switch (lake.kind) {
    case 's3Compatible':
      return s3Objects(compatibleClient(lake, secretText), lake.bucket);
    case 'azure': {
      const { azureObjects } = await import('../azure/azure-objects.ts');
      return azureObjects(lake, secretText);
    }
    case 'gcs': {
      const { gcsObjects } = await import('../gcs/gcs-objects.ts');
      return gcsObjects(lake, secretText);
    }
  }
}

const accessKey = z.object({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) });

function compatibleClient(
  { endpoint, region, pathStyle }: Extract<OutsideLake, { kind: 's3Compatible' }>,
  secretText: string,
): S3Client {
  return new S3Client({
    ...within(20_000),
    endpoint,
    region,
    forcePathStyle: pathStyle,
    credentials: lakeSecret(accessKey, secretText, 'accessKeyId and secretAccessKey'),
    /** Services that are not S3 do not all know the checksums that its SDK adds unasked. */
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}
