/** `npm run synth -- <env> [-c key=value …]`: templates and bundles to `cdk.out/<env>`; warnings are errors. */
import { cdk } from './cdk.ts';

cdk('synth', ['--quiet', '--strict']);
