import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { metrics } from '#contract/metrics.ts';
import { audit } from './audit/audit.ts';
import { Chaos } from './chaos/chaos.ts';
import { localCredentials } from './host/clients.ts';
import type { LocalAws } from './local-aws.ts';
import { type Feed, openFeeds } from './producers/feed.ts';
import { sendEvents } from './producers/send-events.ts';
import { sendSamples } from './producers/send-samples.ts';
import { type PipelineState, readPipelineState, sourceMappings, waitingManifests } from './progress/pipeline-state.ts';
import { type ProgressDisplay, progressLine } from './progress/progress.ts';
import { stuckCauses } from './progress/stuck.ts';
import { makeReport, type Report, writeReport } from './report/report.ts';
import { auditText, tablesText } from './report/report-text.ts';
import type { StartOptions } from './start-options.ts';

const lookEveryMs = 500;
/** Longer than any retry or lease that a drain may have to wait for. */
const stuckAfterMs = 200_000;
/** Who wants to stop has little patience: what is left is drained at the next start. */
const lastDrainMs = 15_000;
/** While records keep arriving: what is found then is said. */
const maxAudits = 5;
/** How long chaos may keep asking for load before it is told that its kills do not come. */
const chaosLimitMs = 120_000;
const chaosLoad = { events: 5_000, perSecond: 2_500 };

/** What one `npm start` sends, waits for and audits, on a machine that is up. */
export class Session {
  readonly #startedMs = Date.now();
  readonly #aws: LocalAws;
  readonly #dataFolder: string;
  readonly #options: StartOptions;
  readonly #display: ProgressDisplay;
  readonly #stop: AbortSignal;
  readonly #dynamodb: DynamoDBClient;
  readonly #feeds: Feed[];
  readonly #closeFeeds: () => void;
  #sent = 0;

  constructor(aws: LocalAws, dataFolder: string, options: StartOptions, display: ProgressDisplay, stop: AbortSignal) {
    this.#aws = aws;
    this.#dataFolder = dataFolder;
    this.#options = options;
    this.#display = display;
    this.#stop = stop;
    const { region, dynamodb } = aws.endpoints;
    this.#dynamodb = new DynamoDBClient({ region, endpoint: dynamodb, credentials: localCredentials });
    const { feeds, close } = openFeeds(aws.endpoints);
    this.#feeds = feeds;
    this.#closeFeeds = close;
  }

  close(): void {
    this.#dynamodb.destroy();
    this.#closeFeeds();
  }

  async run(): Promise<boolean> {
    const { chaosSeed, once } = this.#options;
    const chaos = chaosSeed === undefined ? undefined : new Chaos(this.#aws, chaosSeed);
    const sending = this.#send().then(() => this.#keepLoad(chaos));
    await this.#watch(sending);
    await chaos?.stop();
    let { report, delivered } = await this.#settledAudit(chaos);
    this.#display.say(`\n${auditText(report)}\n\n${tablesText(report)}`);
    if (once || this.#stop.aborted) return report.balanced;
    this.#display.say('\nUp until Ctrl-C. What is pushed from now on is audited as soon as it is drained.');
    for (;;) {
      const arrived = await this.#arrivalAfter(delivered);
      if (arrived) {
        ({ report, delivered } = await this.#settledAudit(chaos));
        this.#display.say(`\n${auditText(report)}`);
      } else await this.#drain();
      if (this.#stop.aborted) return report.balanced;
    }
  }

  /** Drains and audits; what arrives meanwhile is not in the tables yet, so that a balance it spoils is no finding. */
  async #settledAudit(chaos: Chaos | undefined): Promise<{ report: Report; delivered: number }> {
    for (let audits = 1; ; audits++) {
      const delivered = await this.#delivered();
      const stuck = await this.#drain();
      const report = await this.#audit(chaos, stuck);
      const isFinal = report.balanced || stuck !== undefined || audits === maxAudits || this.#stop.aborted;
      if (isFinal || (await this.#delivered()) === delivered) return { report, delivered };
    }
  }

  async #send(): Promise<void> {
    const { pace, events, samples } = this.#options;
    const options = {
      signal: this.#stop,
      onSent: (count: number) => {
        this.#sent += count;
      },
    };
    if (pace !== undefined) {
      await sendEvents(this.#feeds, pace.perSecond * pace.seconds, { ...options, perSecond: pace.perSecond });
      return;
    }
    await Promise.all([
      sendSamples(this.#feeds, { ...options, samplesPerSource: samples }),
      sendEvents(this.#feeds, events, options),
    ]);
  }

  /** Chaos needs running invocations to hit. */
  async #keepLoad(chaos: Chaos | undefined): Promise<void> {
    if (chaos === undefined) return;
    const untilMs = Date.now() + chaosLimitMs;
    while (!chaos.satisfied() && !this.#stop.aborted) {
      if (Date.now() > untilMs)
        throw new Error(`expected enough kills within ${chaosLimitMs} ms: ${JSON.stringify(chaos.report())}`);
      await sendEvents(this.#feeds, chaosLoad.events, {
        signal: this.#stop,
        perSecond: chaosLoad.perSecond,
        onSent: (count) => {
          this.#sent += count;
        },
      });
    }
  }

  /** Shows progress until `work` has ended. */
  async #watch(work: Promise<void>): Promise<void> {
    let ended = false;
    const end = work.finally(() => {
      ended = true;
    });
    while (!ended) {
      await Promise.race([end, sleep(lookEveryMs)]);
      await this.#look();
    }
    await end;
  }

  async #look(): Promise<PipelineState> {
    const state = await readPipelineState(this.#aws, this.#dynamodb);
    this.#display.show(this.#progress(state), Date.now());
    return state;
  }

  #progress(state: PipelineState): string {
    return progressLine(state, { elapsedMs: Date.now() - this.#startedMs, sent: this.#sent });
  }

  /** Waits until nothing waits anywhere, and says so; gives up when nothing moves any more, and answers why. */
  async #drain(): Promise<string[] | undefined> {
    let seen = '';
    let movedMs = Date.now();
    let stoppedMs: number | undefined;
    for (;;) {
      const state = await this.#look();
      if (state.drained) {
        this.#display.say(this.#progress(state));
        return undefined;
      }
      if (this.#stop.aborted) stoppedMs ??= Date.now();
      if (stoppedMs !== undefined && Date.now() - stoppedMs > lastDrainMs) return undefined;
      const now = JSON.stringify(state);
      if (now !== seen) movedMs = Date.now();
      seen = now;
      if (Date.now() - movedMs > stuckAfterMs) {
        const causes = await this.#stuck();
        this.#display.say([`Nothing has moved for ${stuckAfterMs / 1000} s:`, ...causes].join('\n  '));
        return causes;
      }
      await sleep(lookEveryMs);
    }
  }

  async #stuck(): Promise<string[]> {
    const { streams, topics } = this.#aws.endpoints;
    const manifests = await waitingManifests(this.#aws, this.#dynamodb);
    const mappings = await sourceMappings(this.#aws);
    return stuckCauses({ mappings, functions: this.#aws.functions(), manifests, streams, topics });
  }

  /**
   * Returns when others have been delivered than those `before`, with true, or at the end, with false. What arrived while an audit
   * ran counts: the audit may have read its source earlier.
   */
  async #arrivalAfter(before: number): Promise<boolean> {
    while (!this.#stop.aborted) {
      if ((await this.#delivered()) !== before) return true;
      await sleep(lookEveryMs, undefined, { signal: this.#stop }).catch(() => {});
    }
    return false;
  }

  async #delivered(): Promise<number> {
    const mappings = await sourceMappings(this.#aws);
    return mappings.reduce((sum, { records, lag }) => sum + records + lag, 0);
  }

  /** @param stuck what holds records up, where not all was drained */
  async #audit(chaos: Chaos | undefined, stuck: readonly string[] | undefined): Promise<Report> {
    const { lakeBucket } = this.#aws.endpoints;
    if (lakeBucket === undefined) throw new Error('expected the templates to name a lake bucket, they name none');
    const found = await audit(this.#feeds, {
      tablesFolder: join(this.#dataFolder, 'lake', lakeBucket, 'tables'),
      spillFolder: join(this.#dataFolder, 'audit'),
      sinceMs: this.#startedMs,
    });
    const tableOf = (source: string): string => this.#feeds.find(({ name }) => name === source)!.table;
    const redelivered = (source: string): number =>
      this.#aws
        .metrics()
        .filter(({ name, dimensions }) => name === metrics.recordsRedelivered && dimensions.source === source)
        .reduce((sum, reading) => sum + reading.sum, 0);
    const report = makeReport(found, { nowMs: Date.now(), tableOf, redelivered, stuck }, chaos?.report());
    await writeReport(this.#dataFolder, report);
    return report;
  }
}
