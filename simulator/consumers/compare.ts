import { BAD_YEAR, generateFaults } from '../year/fault-model.ts';
import { SCENARIOS } from '../year/scenario.ts';
import { READERS } from './consumer.ts';
import { trade } from './market.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FROM = Date.parse('2027-03-01T09:00:00+09:00');

/** Long-lived containers, and functions that are started anew every quarter of an hour. */
const LIVES = [
  ['lives on', undefined],
  ['restarts every 15 min', HOUR / 4],
] as const;

/**
 * The same orders by every way to read a token, in the same days, with half an hour in which Parameter Store does not answer.
 * @returns lines of a Markdown table
 */
export async function compareReaders(
  consumers: number,
  days: number,
  seed: number,
): Promise<readonly string[]> {
  const lines = [
    '| broker | program | reads by | orders | failed | dead token used | reads a consumer and day | throttled | reports |',
    '|---|---|---|---:|---:|---:|---:|---:|---:|',
  ];
  for (const scenario of SCENARIOS.filter(({ name }) => ['kis-live', 'kiwoom-supersede'].includes(name))) {
    const faults = generateFaults(
      BAD_YEAR,
      { from: FROM, to: FROM + days * DAY },
      scenario.checkEverySeconds * 1000,
      seed,
    );
    const storeOutages = [{ from: FROM + 30 * HOUR, to: FROM + 30.5 * HOUR }];
    for (const [program, restartEvery] of LIVES)
      for (const kind of READERS) {
        const settings = { scenario, faults, storeOutages, kind, consumers, orderEvery: 60_000, seed };
        const result = await trade({ ...settings, ...(restartEvery && { restartEvery }) });
        const reports = [...result.reports.values()].reduce((sum, each) => sum + each, 0);
        lines.push(
          `| ${scenario.name} | ${program} | ${kind} | ${result.orders} | ${result.failed} | ${result.staleUses} | ${result.readsPerConsumerAndDay.toFixed(1)} | ${result.throttled} | ${reports} |`,
        );
      }
  }
  return lines;
}
