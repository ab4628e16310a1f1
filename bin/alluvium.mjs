#!/usr/bin/env node
import { join } from 'node:path';
import { launch, root } from './launch.mjs';

launch(join(root, 'bin/alluvium.ts'), process.argv.slice(2));
