import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installOnce, partsFolder } from './parts.ts';

const run = promisify(execFile);
const folder = join(partsFolder, 'kcat');
/** Debian's packages of kcat and of every library it loads beside libc. */
const packages = ['kcat', 'librdkafka1', 'libyajl2', 'liblz4-1', 'libzstd1', 'libsasl2-2', 'libssl3', 'zlib1g'];

/** kcat from Debian's archive, unpacked under `.real/kcat`: no root is needed, nor any kcat of the system's. */
export const installKcat = (): Promise<void> =>
  installOnce('kcat', packages.join(' '), async () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await run('apt-get', ['download', '--quiet', ...packages], { cwd: folder });
    const archives = readdirSync(folder).filter((file) => file.endsWith('.deb'));
    for (const archive of archives) await run('dpkg', ['--extract', join(folder, archive), folder]);
  });

/** The program, and the folders of its libraries as `LD_LIBRARY_PATH` takes them. */
export function kcat(): { program: string; libraries: string } {
  const folders = ['lib', 'usr/lib'].flatMap((place) => {
    const names = readdirSync(join(folder, place), { withFileTypes: true });
    return names.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, place, name));
  });
  return { program: join(folder, 'usr/bin/kcat'), libraries: folders.join(':') };
}
