import { type SpawnOptions, spawn } from 'node:child_process';

const answersWithinMs = 60_000;

/** A server of our own that answers by HTTP at `url` once it is up; ends when `stop` resolves. */
export async function startServer(
  command: string,
  args: readonly string[],
  url: string,
  options: SpawnOptions = {},
): Promise<{ stop(): Promise<void> }> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], ...options });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const deadlineMs = Date.now() + answersWithinMs;
  while ((await fetch(url).catch(() => undefined)) === undefined) {
    if (child.exitCode !== null) throw new Error(`${command} ended with status ${child.exitCode} before it answered`);
    if (Date.now() > deadlineMs)
      throw new Error(`${command}: expected an answer at ${url} within ${answersWithinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
