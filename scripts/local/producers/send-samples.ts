import { brokenSamples, mixIn } from '../samples/broken.ts';
import { earthquakeSamples, flightSamples, movieSamples } from '../samples/datasets.ts';
import type { Sample } from '../samples/sample.ts';
import { tickerSamples } from '../samples/tickers.ts';
import type { Feed } from './feed.ts';
import { type SendOptions, send } from './send.ts';
import { SentSamples } from './sent-samples.ts';

/** Samples by the source that they are sent to. */
const sampleSets: Record<string, () => Promise<Sample[]>> = {
  tickers: tickerSamples,
  flights: flightSamples,
  earthquakes: earthquakeSamples,
  movies: movieSamples,
};

/** Sends every source its samples and broken payloads, at most `samplesPerSource` of the former; none that is there already. */
export async function sendSamples(
  feeds: readonly Feed[],
  { samplesPerSource, ...options }: SendOptions & { samplesPerSource: number },
): Promise<void> {
  const sends = feeds.map(async (feed) => {
    const read = sampleSets[feed.name];
    if (read === undefined) return;
    const samples = mixIn((await read()).slice(0, samplesPerSource), brokenSamples(feed.name, feed.isTopic));
    const missingOf = (sent: SentSamples): Sample[] => samples.filter(({ key }) => !sent.hasKey(key));
    await send(feed, await SentSamples.readFrom(feed.read), missingOf, options);
  });
  await Promise.all(sends);
}
