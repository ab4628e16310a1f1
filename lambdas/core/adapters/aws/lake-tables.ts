import { ListObjectsV2Command, type ListObjectsV2CommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { tablePrefix } from '#contract/environment.ts';

/** Names of all folders of tables in the lake, whether there is a log in them or not. */
export async function tablesInLake(client: S3Client, lakeBucket: string): Promise<string[]> {
  const names: string[] = [];
  const Prefix = tablePrefix('');
  let token: string | undefined;
  do {
    const page: ListObjectsV2CommandOutput = await client.send(
      new ListObjectsV2Command({
        ...{ Bucket: lakeBucket, Prefix, Delimiter: '/' },
        ...(token === undefined ? {} : { ContinuationToken: token }),
      }),
    );
    for (const { Prefix: folder = '' } of page.CommonPrefixes ?? []) names.push(folder.slice(Prefix.length, -1));
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
  return names;
}
