import { type ChildProcess, spawn } from 'node:child_process';

/** A server in a process of its own, to be killed. */
export interface ServerProcess {
  /** First line the program printed. */
  address: string;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

const startWithinMs = 20_000;

/** Runs TypeScript text as an ES module in a process of its own; its first printed line is the address. */
export async function startServerProcess(program: string): Promise<ServerProcess> {
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const address = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no address within ${startWithinMs} ms`)), startWithinMs);
    child.once('exit', (status) => reject(new Error(`ended with status ${status} before it told its address`)));
    child.stdout!.once('data', (line: Buffer) => {
      clearTimeout(timer);
      resolve(line.toString().trim());
    });
  });
  return {
    address,
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
