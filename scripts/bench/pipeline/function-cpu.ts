import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks in /proc are hundredths of a second on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** What a process of a function has used, all its threads together. */
export interface ProcessCpu {
  pid: number;
  functionName: string;
  /** User and system. */
  cpuS: number;
}

/** The processes of functions that this process hosts. Needs Linux's /proc. */
export const functionProcesses = (): ProcessCpu[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => cpuOf(Number(name)) ?? []);

function cpuOf(pid: number): ProcessCpu | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    const [parent, userTicks, systemTicks] = [fields[1], fields[11], fields[12]].map(Number) as [
      number,
      number,
      number,
    ];
    if (parent !== process.pid) return undefined;
    const functionName = /(?:^|\0)AWS_LAMBDA_FUNCTION_NAME=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'));
    if (functionName === null) return undefined;
    return { pid, functionName: functionName[1]!, cpuS: (userTicks + systemTicks) / ticksPerSecond };
  } catch {
    return undefined; // It has ended.
  }
}
