#!/usr/bin/env node
// run.mjs <program, relative to the project> [arguments]
import { join } from 'node:path';
import { launch, root } from './launch.mjs';

const [program, ...args] = process.argv.slice(2);
launch(join(root, program), args, { cwd: root });
