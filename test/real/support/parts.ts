import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where real servers and readers are installed: kept between runs, ignored by git. */
export const partsFolder = join(import.meta.dirname, '../../../.real');

/** Runs `install` unless a finished installation of this very `version` is there. */
export async function installOnce(part: string, version: string, install: () => Promise<void>): Promise<void> {
  const stamp = join(partsFolder, `${part}.installed`);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === version) return;
  mkdirSync(partsFolder, { recursive: true });
  const startedMs = Date.now();
  await install();
  writeFileSync(stamp, version);
  console.log(`installed ${part} in ${Math.round((Date.now() - startedMs) / 1000)} s`);
}
