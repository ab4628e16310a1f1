import { existsSync, readFileSync } from 'node:fs';

const status = '/proc/self/status';

/** MiB that this process has held at most. On Linux not `maxRSS`, which begins at what its parent held when it was started. */
export function peakMiB(): number {
  const [, kib] = existsSync(status) ? (/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8')) ?? []) : [];
  return (kib === undefined ? process.resourceUsage().maxRSS : Number(kib)) / 1024;
}
