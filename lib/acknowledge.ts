import { Stack, Token, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Accepts findings of cdk-nag on one construct and what it holds: rule → why that is right here. */
export function acknowledge(construct: IConstruct, reasons: Record<string, string>): void {
  Validations.of(construct).acknowledge(...Object.entries(reasons).map(([id, reason]) => ({ id, reason })));
}

/** Accepts wildcards in ARNs that a policy of a construct names. cdk-nag writes what is not known yet by the name of its parameter. */
export function acknowledgeWildcards(construct: IConstruct, arns: readonly string[], reason: string): void {
  const { account, partition, region } = Stack.of(construct);
  const unknown = [
    [account, '<AWS::AccountId>'],
    [partition, '<AWS::Partition>'],
    [region, '<AWS::Region>'],
  ].filter(([value]) => Token.isUnresolved(value)) as [string, string][];
  const found = arns.map((arn) => unknown.reduce((text, [value, name]) => text.replace(value, name), arn));
  acknowledge(construct, Object.fromEntries(found.map((arn) => [`AwsSolutions-IAM5[Resource::${arn}]`, reason])));
}
