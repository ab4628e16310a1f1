import {
  AnonymousCredential,
  BlobServiceClient,
  type ContainerClient,
  type StoragePipelineOptions,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { z } from 'zod';
import type { OutsideLake } from '#contract/lake-settings.ts';
import { answeredInTime } from '../lake/answered-in-time.ts';
import type { LakeObjects } from '../lake/lake.ts';
import { lakeSecret } from '../lake/lake-secret.ts';
import { azureObjectStore } from './azure-object-store.ts';

const secret = z.union([z.object({ accountKey: z.base64().min(1) }), z.object({ sasToken: z.string().min(1) })]);

/** The time of a try is what the service is asked to keep to. */
const limits: StoragePipelineOptions = { retryOptions: { maxTries: 3, tryTimeoutInMs: 20_000 } };

interface Account {
  account: string;
  accountKey?: string | undefined;
  sasToken?: string | undefined;
  /** Absent: Azure's own. */
  endpoint?: string | undefined;
}

/** A container of Azure Blob Storage, by the key of its account or a token. */
export function azureObjects(lake: Extract<OutsideLake, { kind: 'azure' }>, secretText: string): LakeObjects {
  const { account, endpoint, container } = lake;
  const service = serviceOf({ account, endpoint, ...lakeSecret(secret, secretText, 'accountKey or sasToken') });
  return objectsIn(service.getContainerClient(container));
}

/** The same by the variables of Azure's own tools. Throws where they do not say how to get in. */
export function azureByEnvironment(container: string, named?: string): LakeObjects {
  const {
    AZURE_STORAGE_CONNECTION_STRING: connection,
    AZURE_STORAGE_ACCOUNT: account = named,
    AZURE_STORAGE_KEY: accountKey,
    AZURE_STORAGE_SAS_TOKEN: sasToken,
  } = process.env;
  if (connection !== undefined) {
    return objectsIn(BlobServiceClient.fromConnectionString(connection, limits).getContainerClient(container));
  }
  if (account === undefined || (accountKey === undefined && sasToken === undefined)) {
    throw new Error(
      'expected AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, found them unset',
    );
  }
  return objectsIn(serviceOf({ account, accountKey, sasToken }).getContainerClient(container));
}

function serviceOf({ account, accountKey, sasToken = '', endpoint }: Account): BlobServiceClient {
  const url = endpoint ?? `https://${account}.blob.core.windows.net`;
  return accountKey === undefined
    ? new BlobServiceClient(`${url}?${sasToken.replace(/^\?/, '')}`, new AnonymousCredential(), limits)
    : new BlobServiceClient(url, new StorageSharedKeyCredential(account, accountKey), limits);
}

const objectsIn = (container: ContainerClient): LakeObjects =>
  answeredInTime(
    {
      storeOf: (prefix) => azureObjectStore(container, prefix),
      async foldersIn(prefix) {
        const names: string[] = [];
        for await (const item of container.listBlobsByHierarchy('/', { prefix })) {
          if (item.kind === 'prefix') names.push(item.name.slice(prefix.length, -1));
        }
        return names;
      },
    },
    { listsWhole: true },
  );
