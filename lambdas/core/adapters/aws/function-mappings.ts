import {
  type LambdaClient,
  ListEventSourceMappingsCommand,
  ResourceNotFoundException,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { ingestFunctionName } from '#contract/environment.ts';
import type { SourceMapping, SourceMappings } from '#pipeline/positions/source-mappings.ts';

/** The event source mappings of an environment's ingest functions, as Lambda has them. */
export function functionMappings(client: LambdaClient, environment: string): SourceMappings {
  return {
    async of(source) {
      const found: SourceMapping[] = [];
      let marker: string | undefined;
      do {
        const page = await client
          .send(
            new ListEventSourceMappingsCommand({
              FunctionName: ingestFunctionName(environment, source),
              ...(marker === undefined ? {} : { Marker: marker }),
            }),
          )
          .catch(noFunction);
        for (const { UUID: id = '', State: state = 'Unknown' } of page.EventSourceMappings ?? []) {
          found.push({ id, state });
        }
        marker = page.NextMarker;
      } while (marker !== undefined && marker !== '');
      return found;
    },
    async turn({ id }, to) {
      await client.send(new UpdateEventSourceMappingCommand({ UUID: id, Enabled: to === 'on' }));
    },
  };
}

/** Nothing is deployed that could read. */
function noFunction(error: unknown): { EventSourceMappings: []; NextMarker?: string } {
  if (error instanceof ResourceNotFoundException) return { EventSourceMappings: [] };
  throw error;
}
