// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Fn::Sub writes its placeholders so.
import { describe, expect, it } from 'vitest';
import type { StackTemplate, Template } from '../../../../scripts/local/templates/cloud-assembly.ts';
import { Resolver } from '../../../../scripts/local/templates/resolver.ts';

const stackOf = (name: string, template: Template): StackTemplate => ({
  name,
  region: 'eu-central-1',
  account: '111122223333',
  template,
  assets: new Map(),
});

const storage = stackOf('storage', {
  Parameters: { Version: { Default: '12' } },
  Mappings: { Sizes: { small: { bytes: 5 } } },
  Conditions: {
    InEurope: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-central-1'] },
    Elsewhere: { 'Fn::Not': [{ Condition: 'InEurope' }] },
    Both: { 'Fn::And': [{ Condition: 'InEurope' }, { Condition: 'Elsewhere' }] },
  },
  Resources: {
    Lake: { Type: 'AWS::S3::Bucket' },
    Ledger: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: { 'Fn::Sub': 'ledger-${AWS::Region}' } } },
    Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: { StateMachineName: 'commit' } },
  },
  Outputs: {
    Out: {
      Value: { 'Fn::GetAtt': ['Ledger', 'StreamArn'] },
      Export: { Name: { 'Fn::Sub': '${AWS::StackName}:stream' } },
    },
  },
});
const commit = stackOf('commit', { Resources: {} });
const resolver = new Resolver([storage, commit]);

describe('intrinsic functions', () => {
  it.each([
    ['Ref of a bucket without a name', { Ref: 'Lake' }, 'storage-lake'],
    ['Ref of a table with one', { Ref: 'Ledger' }, 'ledger-eu-central-1'],
    ['Ref of a state machine', { Ref: 'Machine' }, 'arn:aws:states:eu-central-1:111122223333:stateMachine:commit'],
    ['Ref of a parameter', { Ref: 'Version' }, '12'],
    [
      'pseudo parameters',
      { 'Fn::Join': [':', [{ Ref: 'AWS::Partition' }, { Ref: 'AWS::AccountId' }, { Ref: 'AWS::URLSuffix' }]] },
      'aws:111122223333:amazonaws.com',
    ],
    ['GetAtt', { 'Fn::GetAtt': ['Lake', 'Arn'] }, 'arn:aws:s3:::storage-lake'],
    [
      'GetAtt as text',
      { 'Fn::GetAtt': 'Ledger.Arn' },
      'arn:aws:dynamodb:eu-central-1:111122223333:table/ledger-eu-central-1',
    ],
    [
      'Sub with resources, attributes, own names and literals',
      { 'Fn::Sub': ['${Lake}|${Ledger.Arn}|${x}|${!y}', { x: 1 }] },
      'storage-lake|arn:aws:dynamodb:eu-central-1:111122223333:table/ledger-eu-central-1|1|${y}',
    ],
    ['Select and Split', { 'Fn::Select': [2, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Lake', 'Arn'] }] }] }, 's3'],
    ['If', { 'Fn::If': ['InEurope', 'here', 'there'] }, 'here'],
    ['If of a negation', { 'Fn::If': ['Elsewhere', 'there', 'here'] }, 'here'],
    ['FindInMap', { 'Fn::FindInMap': ['Sizes', 'small', 'bytes'] }, 5],
    [
      'NoValue',
      { kept: 1, left: { Ref: 'AWS::NoValue' }, list: [{ 'Fn::If': ['Both', 1, { Ref: 'AWS::NoValue' }] }, 2] },
      { kept: 1, list: [2] },
    ],
  ])('%s', (_, value, expected) => {
    expect(resolver.resolve(value, storage)).toEqual(expected);
  });

  it('ImportValue of another stack', () => {
    expect(resolver.resolve({ 'Fn::ImportValue': 'storage:stream' }, commit)).toBe(
      'arn:aws:dynamodb:eu-central-1:111122223333:table/ledger-eu-central-1/stream/local',
    );
  });

  it.each([
    ['a resource that is not there', { Ref: 'Nothing' }, /stack storage: expected a resource Nothing, found none/],
    ['an export that is not there', { 'Fn::ImportValue': 'x:y' }, /expected an export x:y, no stack has it/],
    ['a function that is not known', { 'Fn::Transform': {} }, /Fn::Transform is not supported/],
  ])('names %s', (_, value, message) => {
    expect(() => resolver.resolve(value, storage)).toThrow(message);
  });
});
