// Runs on any Node from 20 on: installs what the lock file names if it is not there, builds what is out of date, then hands over to
// the project's Node 24.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Whether `node_modules` holds just the versions that the lock file names. Optional packages may be absent. */
function installed() {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const found = packagesOf(join(modules, '.package-lock.json'));
  if (wanted === undefined || found === undefined) return false;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || entry.devOptional || found[path]?.version === entry.version,
  );
}

function install() {
  process.stderr.write('Installing the packages of package-lock.json (npm ci) …\n');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    process.stderr.write(`npm ci failed with status ${status}; expected it to install package-lock.json\n`);
    process.exit(1);
  }
}

const kernelSources = join(root, 'lambdas/core/columnar/kernel/assembly');
const kernelModule = join(root, 'lambdas/core/columnar/kernel/kernel-module.ts');
const buildScript = join(root, 'scripts/build.ts');

/** Whether the kernel was made of its sources as they are; their folder is younger than a file that was removed from it. */
function built() {
  const made = statSync(kernelModule, { throwIfNoEntry: false })?.mtimeMs;
  if (made === undefined) return false;
  const files = readdirSync(kernelSources).map((file) => join(kernelSources, file));
  const compiler = join(modules, '.package-lock.json');
  return [kernelSources, ...files, buildScript, compiler].every((path) => statSync(path).mtimeMs <= made);
}

function build(node) {
  const { status } = spawnSync(node, [...quiet, buildScript], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    process.stderr.write(`scripts/build.ts failed with status ${status}; expected it to compile ${kernelSources}\n`);
    process.exit(1);
  }
}

/** TypeScript stripping is experimental in name; kafkajs 2.2.4 sets timers in the past. */
const quiet = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning'];

const lookEveryMs = 500;

/** Parent of a process; undefined where there is no /proc, or no such process. */
function parentOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')[1];
  } catch {
    return undefined;
  }
}

/** npm's shell ends by a signal without passing it on, and so does npm by SIGKILL: under npm, both are watched. */
function endWithNpm(child) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const shell = process.ppid;
  const npm = parentOf(shell);
  const look = setInterval(() => {
    if (process.ppid === shell && parentOf(shell) === npm) return;
    child.kill(process.ppid === shell ? 'SIGKILL' : 'SIGTERM');
    clearInterval(look);
  }, lookEveryMs).unref();
}

/** Runs `program` with the project's Node 24 in `cwd`, signals passed on; ends as it ends. */
export function launch(program, args, { cwd = process.cwd() } = {}) {
  if (!installed()) install();
  const node = join(modules, 'node', 'bin', 'node');
  if (program !== buildScript && !built()) build(node);
  const path = [dirname(node), join(modules, '.bin'), process.env.PATH].join(delimiter);
  const child = spawn(node, [...quiet, program, ...args], {
    cwd,
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: path,
      ALLUVIUM_LAUNCHER: String(process.pid),
      // What was compiled once is not compiled by every process anew: half the time of a command.
      NODE_COMPILE_CACHE: join(modules, '.cache', 'node'),
    },
  });
  endWithNpm(child);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal !== null) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else process.exit(code ?? 1);
  });
}
