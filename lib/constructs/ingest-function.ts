import type { Construct } from 'constructs';
import { environmentVariables } from '#contract/environment.ts';
import type { Environment } from '../environment.ts';
import { allowDeltaLog, allowLake, type Lake, lakeVariables } from '../grants.ts';
import { PipelineFunction } from './pipeline-function.ts';

export type { Lake };

export interface IngestFunctionProps {
  environment: Environment;
  /** Of the source, in the settings. */
  name: string;
  folder: 'ingest-kinesis' | 'ingest-kafka';
  lake: Lake;
}

/** The function of one source: it may stage data files and move cursors, and read tables' logs; never write a log. */
export class IngestFunction extends PipelineFunction {
  constructor(scope: Construct, id: string, { environment, name, folder, lake }: IngestFunctionProps) {
    super(scope, id, {
      environment,
      folder,
      noun: `ingest-${name}`,
      size: environment.settings.functions.ingest,
      variables: { ...lakeVariables(lake), [environmentVariables.source]: name },
    });
    this.allow(
      [
        'dynamodb:DescribeTable',
        'dynamodb:GetItem',
        'dynamodb:Query',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
        'dynamodb:ConditionCheckItem',
      ],
      [lake.ledger.tableArn],
    );
    allowLake(this, lake, 'write');
    allowDeltaLog(this, lake, 'read');
  }
}
