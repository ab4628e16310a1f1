import { ArnFormat, Stack, type StackProps } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { alarmsOf } from '../constructs/alarm-list.ts';
import { comparisonOf, missingDataOf } from '../constructs/pipeline-alarm.ts';
import { PipelineDashboard } from '../constructs/pipeline-dashboard.ts';
import { PipelineMetrics } from '../constructs/pipeline-metrics.ts';
import type { Environment } from '../environment.ts';

/** What people watch and what calls them. Other stacks' resources are named, not referred to: a source can be removed. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, { environment, ...props }: StackProps & { environment: Environment }) {
    super(scope, id, props);
    const { settings, names } = environment;
    const measured = new PipelineMetrics(environment);
    const machineArn = (name: string) =>
      this.formatArn({
        service: 'states',
        resource: 'stateMachine',
        resourceName: names.resource(name),
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
    new PipelineDashboard(this, 'Dashboard', { environment, measured, machineArn: machineArn('commit') });

    const { topicArn, runbookUrl } = settings.alarms;
    const topic: ITopic | undefined = topicArn === undefined ? undefined : Topic.fromTopicArn(this, 'Topic', topicArn);
    for (const alarm of alarmsOf(settings, measured, machineArn)) {
      const made = new Alarm(this, [alarm.section, ...(alarm.subject === undefined ? [] : [alarm.subject])].join(' '), {
        alarmName: names.alarm(alarm.section, alarm.subject),
        alarmDescription: `${alarm.means} ${runbookUrl}#${alarm.section}`,
        metric: alarm.metric,
        threshold: alarm.threshold,
        comparisonOperator: comparisonOf(alarm),
        evaluationPeriods: alarm.outOf ?? alarm.periods,
        ...(alarm.outOf === undefined ? {} : { datapointsToAlarm: alarm.periods }),
        treatMissingData: missingDataOf(alarm),
      });
      if (topic !== undefined) {
        made.addAlarmAction(new SnsAction(topic));
        made.addOkAction(new SnsAction(topic));
      }
    }
  }
}
