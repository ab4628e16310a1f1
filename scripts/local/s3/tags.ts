import type { OutgoingHttpHeaders } from 'node:http';
import { invalidArgument } from './error.ts';
import { answer, answerXml, type ObjectExchange } from './exchange.ts';
import { receiveDocument } from './incoming-body.ts';
import { parseXml } from './xml.ts';

/** Tags are kept among an object's headers as the upload gave them: a URL query. Reads are told how many there are. */
export const taggingHeader = 'x-amz-tagging';

type Headers = Readonly<Record<string, string>>;

export const tagsOf = (headers: Headers): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(headers[taggingHeader] ?? ''));

/** The header that keeps `tags`; none for none. Throws where S3 would refuse them. */
export function keptTags(tags: URLSearchParams): Record<string, string> {
  const names = [...tags.keys()];
  if (new Set(names).size < names.length) throw invalidArgument('Cannot provide multiple Tags with the same key');
  if (names.length > 10) throw invalidArgument(`Object tags cannot be greater than 10, found ${names.length}`);
  return names.length === 0 ? {} : { [taggingHeader]: tags.toString() };
}

/** Headers as a read answers them. */
export function answeredHeaders(headers: Headers): OutgoingHttpHeaders {
  const { [taggingHeader]: tagging, ...others } = headers;
  if (tagging === undefined) return others;
  return { ...others, 'x-amz-tagging-count': String(Object.keys(tagsOf(headers)).length) };
}

export async function getObjectTagging(exchange: ObjectExchange): Promise<void> {
  const { headers } = await exchange.buckets.get(exchange.bucket, exchange.key);
  const Tag = Object.entries(tagsOf(headers)).map(([Key, Value]) => ({ Key, Value }));
  answerXml(exchange, 'Tagging', { TagSet: { Tag } });
}

export async function putObjectTagging(exchange: ObjectExchange): Promise<void> {
  const { buckets, bucket, key, request } = exchange;
  const { TagSet } = parseXml(await receiveDocument(request), 'Tagging') as {
    TagSet?: { Tag?: { Key: string; Value: string } | { Key: string; Value: string }[] } | '';
  };
  const tags = new URLSearchParams();
  const given = TagSet === undefined || TagSet === '' ? [] : [TagSet.Tag ?? []].flat();
  for (const { Key, Value } of given) tags.append(Key, Value);
  const { etag, headers, checksums, fingerprint } = await buckets.get(bucket, key);
  const { [taggingHeader]: _, ...others } = headers;
  buckets.metadata.put(bucket, key, fingerprint, { etag, checksums, headers: { ...others, ...keptTags(tags) } });
  answer(exchange, 200);
}
