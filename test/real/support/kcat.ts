import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installOnce, partsFolder } from './parts.ts';

const run = promisify(execFile);
const folder = join(partsFolder, 'kcat');
/** Debian's packages of kcat and of every library it loads beside libc. */
const packages = ['kcat', 'librdkafka1', 'libyajl2', 'liblz4-1', 'libzstd1', 'libsasl2-2', 'libssl3', 'zlib1g'];

/**
 * kcat from Debian's archive, unpacked under `.real/kcat`: no root is needed, nor any kcat or package lists of the system's. Where
 * there is no apt, or it reaches no archive, librdkafka's own Python client stands for what is built on it, and this says so.
 */
export const installKcat = (): Promise<void> =>
  installOnce('kcat', packages.join(' '), async () => {
    rmSync(folder, { recursive: true, force: true });
    const lists = join(folder, 'lists');
    mkdirSync(join(lists, 'partial'), { recursive: true });
    const apt = (...args: string[]) =>
      run('apt-get', ['-q', '-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${folder}`, ...args], {
        cwd: folder,
      });
    try {
      await apt('update');
      await apt('download', ...packages);
    } catch (error) {
      console.warn('kcat cannot be had here:', (error as Error).message);
      return;
    }
    const archives = readdirSync(folder).filter((file) => file.endsWith('.deb'));
    for (const archive of archives) await run('dpkg', ['--extract', join(folder, archive), folder]);
  });

/** The program, and the folders of its libraries as `LD_LIBRARY_PATH` takes them; nothing where it could not be had. */
export function kcat(): { program: string; libraries: string } | undefined {
  const program = join(folder, 'usr/bin/kcat');
  if (!existsSync(program)) return undefined;
  const folders = ['lib', 'usr/lib'].flatMap((place) => {
    const names = readdirSync(join(folder, place), { withFileTypes: true });
    return names.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, place, name));
  });
  return { program, libraries: folders.join(':') };
}
