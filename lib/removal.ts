import { RemovalPolicy } from 'aws-cdk-lib';
import type { Settings } from '#contract/settings.ts';

/**
 * What becomes of what holds data when its stack or its settings no longer have it. A first deployment that fails takes back
 * what it has made, so that the next one finds the names free.
 */
export const removalPolicyOf = ({ retainData }: Settings): RemovalPolicy =>
  retainData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
