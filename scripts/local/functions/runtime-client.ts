// Runs in the process of a function: loads the handler of the bundle and feeds it from the Lambda Runtime API.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RuntimeConnection } from './runtime-connection.ts';

// A terminal's Ctrl-C reaches every process of its group; the host decides when a function ends.
process.on('SIGINT', () => {});

const environment = process.env as Record<string, string>;
const runtime = new RuntimeConnection(environment.AWS_LAMBDA_RUNTIME_API!);
const root = '/2018-06-01/runtime';

function describe(error: unknown): string {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return JSON.stringify({ errorType: name, errorMessage: message, trace: stack?.split('\n') ?? [] });
}

type Handler = (event: unknown, context: object) => unknown;

/** `_HANDLER` is `<path without extension>.<export>`. */
async function loadHandler(): Promise<Handler> {
  const [, path, name] = /^(.*)\.([^.]+)$/.exec(environment._HANDLER!)!;
  const base = join(environment.LAMBDA_TASK_ROOT!, path!);
  const file = ['.mjs', '.js', '.cjs'].map((extension) => base + extension).find((candidate) => existsSync(candidate));
  if (file === undefined) throw new Error(`expected ${base}.mjs, .js or .cjs for handler ${environment._HANDLER}`);
  const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const handler = module[name!] ?? (module.default as Record<string, unknown> | undefined)?.[name!];
  if (typeof handler !== 'function') throw new Error(`expected ${file} to export a function ${name}`);
  if (handler.length > 2) {
    throw new Error(`expected ${file}: ${name} to take event and context, got a callback handler: Node.js 24 has none`);
  }
  return handler as Handler;
}

async function serve(handler: Handler): Promise<never> {
  for (;;) {
    const { headers, text } = await runtime.call('GET', `${root}/invocation/next`);
    const id = headers.get('lambda-runtime-aws-request-id')!;
    const deadlineMs = Number(headers.get('lambda-runtime-deadline-ms'));
    environment._X_AMZN_TRACE_ID = headers.get('lambda-runtime-trace-id')!;
    const context = {
      awsRequestId: id,
      callbackWaitsForEmptyEventLoop: false,
      functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
      functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
      memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
      invokedFunctionArn: headers.get('lambda-runtime-invoked-function-arn'),
      getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
    };
    let outcome: { path: string; body: string };
    try {
      const result = await handler(JSON.parse(text), context);
      outcome = { path: 'response', body: JSON.stringify(result) ?? 'null' };
    } catch (error) {
      console.error(error);
      outcome = { path: 'error', body: describe(error) };
    }
    await runtime.call('POST', `${root}/invocation/${id}/${outcome.path}`, outcome.body);
  }
}

let handler: Handler;
try {
  handler = await loadHandler();
} catch (error) {
  console.error(error);
  await runtime.call('POST', `${root}/init/error`, describe(error));
  process.exit(1);
}
// The host is gone when its Runtime API is: nothing is left to serve.
await serve(handler).catch(() => process.exit(0));
