import { ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';

/** An alarm that a person must act on: on one metric, so that its name tells which of a section's measures it is. */
export interface PipelineAlarm {
  /** The section of docs/runbook.md that says what to do; also what the alarm is called. */
  section: string;
  /** The source, table or function it is about, with the measure before it where a section has several; absent: the environment. */
  subject?: string;
  /** What has happened, in a sentence. */
  means: string;
  metric: IMetric;
  /** Periods of the metric, five minutes long where nothing else is said, that must breach before it sounds. */
  periods: number;
  /** Out of how many, the latest; absent: all of them in a row. */
  outOf?: number;
  /** Sounds above this value, or below it where `below` is set: then silence counts as breaching too. */
  threshold: number;
  below?: true;
}

export const comparisonOf = ({ below }: PipelineAlarm): ComparisonOperator =>
  below === true ? ComparisonOperator.LESS_THAN_THRESHOLD : ComparisonOperator.GREATER_THAN_THRESHOLD;

export const missingDataOf = ({ below }: PipelineAlarm): TreatMissingData =>
  below === true ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING;
