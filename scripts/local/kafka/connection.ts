import type { Socket } from 'node:net';
import { writeApiVersions } from './apis/api-versions.ts';
import { apis } from './apis/index.ts';
import type { Broker } from './broker.ts';
import { errorCode } from './error-code.ts';
import { WireReader, WireWriter } from './wire.ts';

const apiVersionsKey = 18;
const maxRequestBytes = 100 * 1024 * 1024;
const byKey = new Map(apis.map((api) => [api.key, api]));

/**
 * Serves one connection: requests in order, each answered before the next is read, as Kafka does.
 * Frame: i32 bytes | i16 api | i16 version | i32 correlation | client id? | body; an answer has i32 bytes | i32 correlation.
 */
export async function serveConnection(socket: Socket, broker: Broker): Promise<void> {
  const gone = new AbortController();
  socket.setNoDelay(true);
  socket.once('close', () => gone.abort());
  socket.on('error', () => socket.destroy());
  try {
    for await (const frame of frames(socket)) {
      const answer = await serveRequest(frame, broker, socket.remoteAddress ?? '', gone.signal);
      if (gone.signal.aborted) return;
      if (answer === undefined) continue;
      socket.cork();
      for (const chunk of answer) socket.write(chunk);
      socket.uncork();
    }
  } catch (error) {
    if (!gone.signal.aborted) console.error('kafka: connection closed', error);
  } finally {
    socket.destroy();
  }
}

async function* frames(socket: Socket): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    while (bytes >= 4) {
      if (chunks[0]!.length < 4) chunks = [Buffer.concat(chunks)];
      const length = chunks[0]!.readInt32BE(0);
      if (length < 8 || length > maxRequestBytes) {
        throw new RangeError(`request of ${length} bytes: expected 8 to ${maxRequestBytes}`);
      }
      if (bytes < 4 + length) break;
      const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      const rest = all.subarray(4 + length);
      chunks = rest.length > 0 ? [rest] : [];
      bytes = rest.length;
      yield all.subarray(4, 4 + length);
    }
  }
}

async function serveRequest(
  frame: Buffer,
  broker: Broker,
  clientHost: string,
  aborted: AbortSignal,
): Promise<Buffer[] | undefined> {
  const request = new WireReader(frame);
  const key = request.int16();
  const version = request.int16();
  const correlation = request.int32();
  const clientId = request.string();
  const api = byKey.get(key);
  const answer = new WireWriter();
  if (api === undefined || version < api.versions[0] || version > api.versions[1]) {
    if (key !== apiVersionsKey) {
      const expected =
        api === undefined ? `api ${[...byKey.keys()].join(', ')}` : `version ${api.versions.join(' to ')}`;
      throw new RangeError(`api ${key} version ${version} of ${clientId}: expected ${expected}`);
    }
    writeApiVersions(answer, 0, apis, errorCode.unsupportedVersion);
  } else {
    const call = { version, clientId, clientHost, broker, request, answer, aborted, silent: false };
    await api.handle(call);
    if (call.silent) return undefined;
  }
  const body = answer.finish();
  const header = Buffer.allocUnsafe(8);
  header.writeInt32BE(4 + body.reduce((sum, chunk) => sum + chunk.length, 0), 0);
  header.writeInt32BE(correlation, 4);
  return [header, ...body];
}
