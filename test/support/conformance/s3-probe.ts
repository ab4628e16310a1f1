import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

export interface Refusal {
  status: number | undefined;
  name: string;
}

/** How a call ended: `ok`, or the status and name of its error. */
export async function outcome(call: Promise<unknown>): Promise<'ok' | Refusal> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    const { $metadata, name } = error as { $metadata?: { httpStatusCode?: number }; name: string };
    return { status: $metadata?.httpStatusCode, name };
  }
}

/** Names a case that a server is held to. */
export type Fact = (name: string, run: () => Promise<void>) => void;

export type S3Probe = ReturnType<typeof s3Probe>;

/**
 * Short ways to ask a server, all in one bucket.
 * @param client there when the first case runs
 * @param signing signs requests without a checksum, for requests written by hand
 */
export function s3Probe(bucket: string, client: () => S3Client, signing: () => S3Client) {
  const put = (
    key: string,
    body: NonNullable<PutObjectCommandInput['Body']>,
    extra: Partial<PutObjectCommandInput> = {},
  ) => client().send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...extra }));
  const get = async (key: string, range?: string): Promise<Buffer> => {
    const { Body } = await client().send(
      new GetObjectCommand({ Bucket: bucket, Key: key, ...(range && { Range: range }) }),
    );
    return Buffer.from(await Body!.transformToByteArray());
  };
  const signedPut = (key: string, extra: Partial<PutObjectCommandInput>): Promise<string> =>
    getSignedUrl(signing(), new PutObjectCommand({ Bucket: bucket, Key: key, ...extra }));
  const text = async (key: string): Promise<string> => (await get(key)).toString();
  const listPage = (input: Partial<ListObjectsV2CommandInput>) =>
    client().send(new ListObjectsV2Command({ Bucket: bucket, ...input }));
  const keys = async (input: Partial<ListObjectsV2CommandInput>) =>
    ((await listPage(input)).Contents ?? []).map(({ Key }) => Key);
  const upload = async (key: string, parts: Buffer[]) => {
    const at = { Bucket: bucket, Key: key };
    const { UploadId } = await client().send(new CreateMultipartUploadCommand(at));
    const sent: { PartNumber: number; ETag: string | undefined }[] = [];
    for (const [index, Body] of parts.entries()) {
      const part = { ...at, UploadId, PartNumber: index + 1, Body };
      sent.push({ PartNumber: index + 1, ETag: (await client().send(new UploadPartCommand(part))).ETag });
    }
    return { ...at, UploadId, MultipartUpload: { Parts: sent } };
  };

  return { bucket, client, put, get, signedPut, text, listPage, keys, upload };
}
