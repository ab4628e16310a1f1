import { Fn } from 'aws-cdk-lib';

/** `arn:…:<kind>/<cluster name>/<cluster uuid>/<name>` for the cluster `arn:…:cluster/<cluster name>/<cluster uuid>`. */
export function mskResourceArn(clusterArn: string, kind: 'topic' | 'group', name: string): string {
  const [prefix, clusterName, uuid] = [0, 1, 2].map((index) => Fn.select(index, Fn.split('/', clusterArn)));
  const account = Fn.select(0, Fn.split(':cluster', prefix as string));
  return Fn.join('', [account, `:${kind}/`, clusterName as string, '/', uuid as string, `/${name}`]);
}
