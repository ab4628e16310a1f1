/** `npm run deploy -- <env> [-c key=value …]`: deploys every stack of the environment with the credentials at hand. */
import { cdk } from './cdk.ts';

cdk('deploy', ['--all']);
