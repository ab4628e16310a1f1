import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { environmentsIn } from '../../lib/settings-file.ts';

const root = join(import.meta.dirname, '../..');

/** Hosted by `npm start`: its bundles and brokers are this machine's. */
const hosted = 'local';

/** Runs `cdk <verb>` for every stack of the environment that the first argument names; the others go on to cdk. */
export function cdk(verb: 'synth' | 'deploy', options: readonly string[]): void {
  const [environment, ...others] = process.argv.slice(2);
  const environments = environmentsIn(root).filter((name) => verb === 'synth' || name !== hosted);
  if (environment === undefined || !environments.includes(environment)) {
    console.error(`usage: npm run ${verb} -- <environment> [-c <key>=<value> …]`);
    console.error(`expected an environment out of ${environments.join(', ')}; got ${environment ?? 'none'}`);
    process.exitCode = 2;
    return;
  }
  const child = spawn(
    process.execPath,
    [
      join(root, 'node_modules/aws-cdk/bin/cdk'),
      verb,
      '-c',
      `env=${environment}`,
      '--output',
      join('cdk.out', environment),
      ...options,
      ...others,
    ],
    { cwd: root, stdio: 'inherit' },
  );
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === null ? 0 : 1);
  });
}
