import { connect, type Socket } from 'node:net';
import { maxPayloadBytes } from './invocation.ts';

export interface RuntimeAnswer {
  /** By name in lower case. */
  headers: Map<string, string>;
  text: string;
}

/** The largest event, and what is said of it. */
const maxAnswerBytes = maxPayloadBytes + 64 * 1024;
const headEnd = '\r\n\r\n';

/**
 * A kept connection to the Runtime API: one request at a time, each answer whole and with its length said. Lambda's own runtimes
 * take events by a C client; this costs a function's process as little, where `node:http` would copy an event three times.
 */
export class RuntimeConnection {
  readonly #address: string;
  #socket: Socket | undefined;
  #answered: PromiseWithResolvers<RuntimeAnswer> | undefined;
  readonly #received = Buffer.allocUnsafeSlow(maxAnswerBytes);
  #length = 0;
  #head: { headers: Map<string, string>; bodyAt: number; end: number } | undefined;

  /** `address`: `host:port`, as `AWS_LAMBDA_RUNTIME_API` names it. */
  constructor(address: string) {
    this.#address = address;
  }

  /** Throws where the connection ends before the answer does. */
  async call(method: 'GET' | 'POST', path: string, body = ''): Promise<RuntimeAnswer> {
    const answered = Promise.withResolvers<RuntimeAnswer>();
    this.#answered = answered;
    const head = [`${method} ${path} HTTP/1.1`, `Host: ${this.#address}`, `Content-Length: ${Buffer.byteLength(body)}`];
    this.#socket ??= this.#open();
    this.#socket.write(head.join('\r\n') + headEnd + body);
    return answered.promise;
  }

  #open(): Socket {
    const [host, port] = this.#address.split(':') as [string, string];
    /** Every piece is read to its place. */
    const onread = {
      buffer: () => this.#received.subarray(this.#length),
      callback: (bytes: number) => {
        this.#take(bytes);
        return true;
      },
    };
    const socket = connect({ host, port: Number(port), noDelay: true, onread });
    socket.once('error', (cause) => this.#fail(cause));
    socket.once('close', () => this.#fail(new Error(`the Runtime API at ${this.#address} closed the connection`)));
    return socket;
  }

  #fail(cause: Error): void {
    this.#socket = undefined;
    this.#answered?.reject(cause);
  }

  #take(bytes: number): void {
    this.#length += bytes;
    this.#head ??= this.#readHead();
    if (this.#head === undefined || this.#length < this.#head.end) return;
    const { headers, bodyAt, end } = this.#head;
    const text = this.#received.toString('utf8', bodyAt, end);
    this.#head = undefined;
    this.#length = 0;
    this.#answered?.resolve({ headers, text });
  }

  /** Nothing before the head is whole. */
  #readHead() {
    const bodyAt = this.#received.subarray(0, this.#length).indexOf(headEnd) + headEnd.length;
    if (bodyAt < headEnd.length) return undefined;
    const [statusLine = '', ...lines] = this.#received.toString('latin1', 0, bodyAt - headEnd.length).split('\r\n');
    const headers = new Map(
      lines.map((line): [string, string] => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const contentLength = headers.get('content-length');
    if (contentLength === undefined)
      throw new Error(`${statusLine}: expected the Runtime API to say the answer's length`);
    const end = bodyAt + Number(contentLength);
    if (end > maxAnswerBytes) {
      throw new Error(`${statusLine}: expected an answer of ${maxAnswerBytes} bytes at most, got ${end}`);
    }
    return { headers, bodyAt, end };
  }
}
