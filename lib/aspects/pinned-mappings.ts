import type { IAspect } from 'aws-cdk-lib';
import { Annotations } from 'aws-cdk-lib';
import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';

/**
 * Refuses event source mappings that could lose or reorder records (docs/architecture.md, "Ingest"): parallel batches of one
 * shard make the cursor drop unread records, tumbling windows keep state elsewhere, and bounded retries give records up.
 */
export class PinnedMappings implements IAspect {
  visit(node: IConstruct): void {
    if (!(node instanceof CfnEventSourceMapping)) return;
    for (const { property, expected, got } of deviations(node)) {
      Annotations.of(node).addError(`${property}: expected ${shown(expected)}, got ${shown(got)}`);
    }
  }
}

interface Deviation {
  property: string;
  expected: unknown;
  got: unknown;
}

function deviations(mapping: CfnEventSourceMapping): Deviation[] {
  /** A queue has no order to keep: what its function reports comes back, and is put aside in the end. */
  const isQueue = mapping.topics === undefined && mapping.startingPosition === undefined;
  if (isQueue)
    return differences([['FunctionResponseTypes', ['ReportBatchItemFailures'], mapping.functionResponseTypes]]);
  const isKafka = mapping.topics !== undefined;
  const hasRetries = !isKafka || mapping.provisionedPollerConfig !== undefined;
  const expected: [property: string, expected: unknown, got: unknown][] = [
    ['TumblingWindowInSeconds', undefined, mapping.tumblingWindowInSeconds],
    ['ParallelizationFactor', isKafka ? undefined : 1, mapping.parallelizationFactor],
    ['MaximumRetryAttempts', hasRetries ? -1 : undefined, mapping.maximumRetryAttempts],
    ['MaximumRecordAgeInSeconds', hasRetries ? -1 : undefined, mapping.maximumRecordAgeInSeconds],
    ['BisectBatchOnFunctionError', hasRetries ? true : undefined, mapping.bisectBatchOnFunctionError],
    ['FunctionResponseTypes', hasRetries ? ['ReportBatchItemFailures'] : undefined, mapping.functionResponseTypes],
    ['DestinationConfig', undefined, mapping.destinationConfig],
  ];
  return differences(expected);
}

const differences = (pinned: readonly [property: string, expected: unknown, got: unknown][]): Deviation[] =>
  pinned
    .filter(([, expected, got]) => JSON.stringify(expected) !== JSON.stringify(got))
    .map(([property, expected, got]) => ({ property, expected, got }));

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
