import { existsSync, readFileSync } from 'node:fs';

/** MiB that this process has held at most. On Linux not `maxRSS`, which begins at what its parent held when it was started. */
export const peakMiB = (): number => peakMiBOf('self') ?? process.resourceUsage().maxRSS / 1024;

/** The same of another process; nothing where there is no /proc, or no such process. */
export function peakMiBOf(pid: number | 'self'): number | undefined {
  const status = `/proc/${pid}/status`;
  const [, kib] = existsSync(status) ? (/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8')) ?? []) : [];
  return kib === undefined ? undefined : Number(kib) / 1024;
}
