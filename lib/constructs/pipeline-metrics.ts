import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { dimensions, type MetricName, metricNamespace } from '#contract/metrics.ts';
import type { Environment } from '../environment.ts';

const fiveMinutes = Duration.minutes(5);
/** What CloudWatch takes, in characters. */
const longestExpression = 2_048;

export type TableStatistic = 'Sum' | 'Maximum';

/** As queries call them. */
const aggregates: Record<TableStatistic, string> = { Sum: 'SUM', Maximum: 'MAX' };

/** Metrics by the names that functions publish and AWS uses; nothing here refers to another stack's resources. */
export class PipelineMetrics {
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** One of ours, of a source or of a table, or of the environment as a whole. */
  of(
    name: MetricName,
    statistic: string,
    about: { source?: string; table?: string } = {},
    period: Duration = fiveMinutes,
  ): Metric {
    const { environment } = this.#environment.settings;
    return new Metric({
      namespace: metricNamespace,
      metricName: name,
      dimensionsMap: { [dimensions.environment]: environment, ...about },
      statistic,
      period,
    });
  }

  /**
   * One of ours of every table but some, those included that are made later: a query whose answers are by table. Undefined where
   * so many are left out that CloudWatch refuses the query.
   */
  ofTables(
    name: MetricName,
    statistic: TableStatistic,
    except: readonly string[],
    period: Duration = fiveMinutes,
  ): IMetric | undefined {
    const aggregate = aggregates[statistic];
    const { environment, table } = dimensions;
    const holds = [
      `"${environment}" = '${this.#environment.settings.environment}'`,
      ...except.map((excepted) => `"${table}" != '${excepted}'`),
    ];
    const expression = [
      `SELECT ${aggregate}("${name}") FROM SCHEMA("${metricNamespace}", "${environment}", "${table}")`,
      `WHERE ${holds.join(' AND ')} GROUP BY "${table}" ORDER BY ${aggregate}() DESC`,
    ].join(' ');
    return expression.length > longestExpression ? undefined : new MathExpression({ expression, period });
  }

  /** One of ours of every table there is, for graphs: lines by table. */
  ofEveryTable(name: MetricName, statistic: string): IMetric {
    const { environment, table } = dimensions;
    const searched = `{${metricNamespace},${environment},${table}} MetricName="${name}" ${environment}="${this.#environment.settings.environment}"`;
    return new MathExpression({
      expression: `SEARCH('${searched}', '${statistic}', ${fiveMinutes.toSeconds()})`,
      label: `\${PROP('Dim.${table}')}`,
      period: fiveMinutes,
    });
  }

  /** One of Lambda's, of the function that `noun` names. */
  ofFunction(noun: string, name: 'Errors' | 'Throttles' | 'IteratorAge' | 'OffsetLag', statistic: string): Metric {
    return this.#aws('AWS/Lambda', name, { FunctionName: this.#environment.names.function(noun) }, statistic);
  }

  /** One of Step Functions', of the machine with this ARN. */
  ofMachine(stateMachineArn: string, name: 'ExecutionsFailed' | 'ExecutionsTimedOut'): Metric {
    return this.#aws('AWS/States', name, { StateMachineArn: stateMachineArn }, 'Sum');
  }

  /** One of Pipes', of the pipe that wakes commits. */
  ofPipe(name: 'ExecutionFailed'): Metric {
    return this.#aws('AWS/EventBridge/Pipes', name, { PipeName: this.#environment.names.resource('wake') }, 'Sum');
  }

  /** One of SQS's, of the queue that `noun` names. */
  ofQueue(noun: string, name: 'ApproximateNumberOfMessagesVisible'): Metric {
    return this.#aws('AWS/SQS', name, { QueueName: this.#environment.names.resource(noun) }, 'Maximum');
  }

  #aws(namespace: string, metricName: string, dimensionsMap: Record<string, string>, statistic: string) {
    return new Metric({ namespace, metricName, dimensionsMap, statistic, period: fiveMinutes });
  }
}
