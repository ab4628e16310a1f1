import type { ClusterSettings } from './cluster-settings.ts';
import { type Destination, templateParts } from './route-template.ts';
import type { SourceSettings } from './source-settings.ts';

type Sources = Readonly<Record<string, Pick<SourceSettings, 'origin' | 'table' | 'route'>>>;
type Clusters = Readonly<Record<string, ClusterSettings>>;

/** What a source reads, as text that others which read the same have too; nothing where no other can. */
function originText(origin: SourceSettings['origin'] | undefined, clusters: Clusters): string | undefined {
  if (origin === undefined) return undefined;
  if (origin.kind === 'kinesis') return origin.streamArn;
  const cluster = clusters[origin.cluster];
  switch (cluster?.kind) {
    case 'arn':
      return `${cluster.arn}/${origin.topic}`;
    case 'selfManaged':
      return `${[...cluster.bootstrapServers].sort().join()}/${origin.topic}`;
    case 'provisioned':
    case 'serverless':
    case undefined:
      return `${origin.cluster}/${origin.topic}`;
  }
}

/** Where a source's records go, as text that others have too whose records go the same way, whatever they call placeholders. */
function wayText({ table, route }: Destination): string {
  if (route === undefined) return JSON.stringify([table]);
  return JSON.stringify(templateParts(route.table).map((part, index) => (index % 2 === 0 ? part : [route.by[part]])));
}

const filterText = ({ route }: Destination): string =>
  route === undefined
    ? ''
    : JSON.stringify(
        [route.include, route.exclude].map((patterns) =>
          Object.entries(patterns)
            .map(([named, pattern]) => [route.by[named], pattern])
            .sort(),
        ),
      );

const isFiltered = ({ route }: Destination): boolean =>
  route !== undefined && Object.keys(route.include).length + Object.keys(route.exclude).length > 0;

/** Sources that read what another one reads already and send what both take to the same table: [source, that other one]. */
export function twinsOf(sources: Sources, clusters: Clusters): [string, string][] {
  const all = Object.entries(sources);
  return all.flatMap(([source, own], index): [string, string][] => {
    const read = originText(own.origin, clusters);
    if (read === undefined) return [];
    const twin = all
      .slice(0, index)
      .find(
        ([, other]) =>
          originText(other.origin, clusters) === read &&
          wayText(other) === wayText(own) &&
          (!isFiltered(other) || !isFiltered(own) || filterText(other) === filterText(own)),
      );
    return twin === undefined ? [] : [[source, twin[0]]];
  });
}

/** Tables that other sources give every record of what this one reads: by name, which source. A route leads to none of them. */
export function wholeTablesOfOthers(source: string, sources: Sources, clusters: Clusters): ReadonlyMap<string, string> {
  const read = originText(sources[source]?.origin, clusters);
  if (read === undefined) return new Map();
  return new Map(
    Object.entries(sources).flatMap(([other, { origin, table }]): [string, string][] =>
      other === source || table === undefined || originText(origin, clusters) !== read ? [] : [[table, other]],
    ),
  );
}
