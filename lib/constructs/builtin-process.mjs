// Stands for `node:process` in bundles: all of it that packages ask for, but not standard input and output, which would be opened.
export default process;
export const { arch, argv, cwd, emitWarning, env, execArgv, exit, hrtime, nextTick, pid, platform, version, versions } =
  process;
