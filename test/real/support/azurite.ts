import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './ministack.ts';
import { installOnce, partsFolder } from './parts.ts';
import { startServer } from './server-process.ts';

const version = '3.37.0';
const folder = join(partsFolder, 'azurite');

/** Azurite, Microsoft's emulator of Azure Blob Storage. */
export const installAzurite = (): Promise<void> =>
  installOnce('azurite', version, async () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    /** Its newest asks for a version that registries do not all have yet. */
    const overrides = { applicationinsights: '3.16.0' };
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, overrides }));
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
    await promisify(execFile)('npm', ['install', `azurite@${version}`, ...quiet], { cwd: folder });
  });

export interface Azurite {
  connectionString: string;
  account: string;
  accountKey: string;
  endpoint: string;
  stop(): Promise<void>;
}

/** Azurite over an empty folder, on a free port, with an account of its own. */
export async function startAzurite(): Promise<Azurite> {
  await installAzurite();
  const port = await freePort();
  const data = mkdtempSync(join(tmpdir(), 'azurite-'));
  const account = `account${port}`;
  const accountKey = Buffer.from(`key of ${account}`).toString('base64');
  const program = join(folder, 'node_modules/azurite/dist/src/blob/main.js');
  const args = [program, '--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', data, '--silent'];
  const endpoint = `http://127.0.0.1:${port}/${account}`;
  const { stop } = await startServer(process.execPath, [...args, '--skipApiVersionCheck'], `http://127.0.0.1:${port}`, {
    env: { ...process.env, AZURITE_ACCOUNTS: `${account}:${accountKey}` },
  });
  return {
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${accountKey};BlobEndpoint=${endpoint};`,
    account,
    accountKey,
    endpoint,
    async stop() {
      await stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
