/**
 * Child process: S3 as one merge sees it, in which every object has the bytes of one file, and what is put is dropped. Arguments: the
 * file. Its first line is the port.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const [file] = process.argv.slice(2) as [string];
const bytes = readFileSync(file);
const etag = '"merged"';

const xml = (element: string, of: string): string =>
  `<?xml version="1.0"?><${element}><${of}>${of === 'ETag' ? etag : 'upload'}</${of}></${element}>`;

const server = createServer((request, response) => {
  const { method, url = '', headers } = request;
  response.setHeader('ETag', etag);
  if (method === 'GET') {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
    if (first === undefined) throw new Error(`expected a range from and to, got ${headers.range}`);
    const [start, end] = [Number(first), Math.min(Number(last) + 1, bytes.length)];
    response.writeHead(206, {
      'Content-Length': end - start,
      'Content-Range': `bytes ${start}-${end - 1}/${bytes.length}`,
    });
    response.end(bytes.subarray(start, end));
    return;
  }
  request.resume().once('end', () => {
    if (url.includes('uploads')) response.end(xml('InitiateMultipartUploadResult', 'UploadId'));
    else if (method === 'POST') response.end(xml('CompleteMultipartUploadResult', 'ETag'));
    else response.end();
  });
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
