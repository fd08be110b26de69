import { describe, expect, test } from 'vitest';
import {
  BROKERS,
  MARKETS,
  MAX_ISSUES_PER_DAY_LIMIT,
  MIN_ISSUES_PER_DAY,
} from '../../lambdas/shared/credential.ts';
import { credentialDefaults } from '../../lambdas/shared/defaults.ts';
import { ALARMS, DEFAULT_PARAMETER_PREFIX, runbookChapterPath } from '../../lambdas/shared/names.ts';
import { alarmLeadTimes } from '../../lib/alarms/lead-time.ts';
import { credentialEntries } from '../../lib/config/credential-schema.ts';
import { formatDuration, parseDuration } from '../../lib/config/duration.ts';
import {
  BROKER_LIMITS,
  CHECK_EVERY_RANGE,
  DEFAULTS,
  longestRenewBefore,
  TICKS_IN_HALF_THE_MARGIN,
} from '../../lib/config/limits.ts';
import { contextEntries } from '../../lib/config/schema.ts';
import { chapter, linkTargets, read, readAsOneLine, tableRows } from './markdown.ts';

/** The default settings of KIS live, whose alarms leave the least time until the token expires. */
const SHORTEST = {
  ...DEFAULTS,
  renewBefore: credentialDefaults({ broker: 'kis', market: 'live' }).renewBeforeSeconds,
};

describe('the settings in docs/settings.md', () => {
  const all = tableRows(chapter(read('docs/settings.md')));
  const ofBrokers = all.filter(([cell]) => BROKERS.some((broker) => cell?.startsWith(`\`${broker}\``)));
  const rows = all.filter((row) => !ofBrokers.includes(row));
  const names = rows.flatMap(([cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
  const row = (name: string) => rows.find(([cell]) => cell?.includes(`\`${name}\``)) ?? [];
  const byDefault = (name: string) => row(name)[1]?.replaceAll('`', '');

  test('are exactly the settings that the configuration accepts', () => {
    expect(new Set(names)).toEqual(
      new Set([...Object.keys(contextEntries), ...Object.keys(credentialEntries)]),
    );
  });

  test.each(Object.entries(DEFAULTS))('state that the default of %s is %i seconds', (name, seconds) => {
    expect(parseDuration(byDefault(name) ?? '')).toBe(seconds);
  });

  test('state the same parameter prefix and the same limits of minimumInterval and checkEvery as the code', () => {
    expect(byDefault('parameterPrefix')).toBe(DEFAULT_PARAMETER_PREFIX);
    expect(parseDuration(byDefault('minimumInterval') ?? '')).toBe(BROKER_LIMITS.kis.minimumInterval?.least);
    const { most: longest } = BROKER_LIMITS.kis.minimumInterval ?? { most: 0 };
    expect(row('minimumInterval')[2]).toContain(`\`61s\` to \`${longest / 3600}h\``);
    const { least, most } = CHECK_EVERY_RANGE;
    expect(row('checkEvery')[2]).toContain(`\`${least / 60}m\` to \`${most / 60}m\`, and at most a sixth`);
    expect(2 * TICKS_IN_HALF_THE_MARGIN).toBe(6);
  });

  test('state the defaults of a credential of each broker and market', () => {
    const expected = BROKERS.flatMap((broker) =>
      MARKETS.map((market) => {
        const defaults = credentialDefaults({ broker, market });
        const { renewBeforeSeconds, sessions, maxIssuesPerDay, renewEarly } = defaults;
        const values = [formatDuration(renewBeforeSeconds), JSON.stringify(sessions), maxIssuesPerDay];
        return [`${broker}\` \`${market}`, ...values, JSON.stringify(renewEarly)].map(
          (value) => `\`${value}\``,
        );
      }),
    );
    expect(ofBrokers).toEqual(expected);
  });
});

test('the numbers in docs/limits.md match the code', () => {
  const limits = tableRows(chapter(read('docs/limits.md'), 'Numbers'));
  expect(Object.fromEntries(limits.map(([what, limit]) => [what, limit]))).toMatchObject({
    '`renewBefore` of KIS': `\`${longestRenewBefore('kis') / 3600}h\` at most`,
    '`renewBefore` of Kiwoom': `\`${longestRenewBefore('kiwoom') / 3600}h\` at most`,
    '`checkEvery`': `\`${CHECK_EVERY_RANGE.least / 60}m\` to \`${CHECK_EVERY_RANGE.most / 60}m\``,
    'time until a change is noticed': `one \`checkEvery\`, \`${DEFAULTS.checkEvery / 60}m\``,
    '`maxIssuesPerDay`': `\`${MIN_ISSUES_PER_DAY}\` to \`${MAX_ISSUES_PER_DAY_LIMIT}\``,
    'credentials in one stack': 'about 50',
  });
  const stackLimits = read('lib/stack-limits.ts');
  for (const words of [
    'MAX_RESOURCES_PER_STACK = 500',
    'MAX_MANAGED_POLICIES_PER_ROLE = 10',
    'a credential takes 7,',
    'about 50 credentials',
  ])
    expect(stackLimits).toContain(words);
  expect(readAsOneLine('docs/limits.md')).toContain(
    `minus two check intervals – ${(SHORTEST.renewBefore - 2 * SHORTEST.checkEvery) / 60} minutes`,
  );
});

test('README.md and docs/limits.md state the lead time of the first alarm that lead-time.ts computes', () => {
  const { notReporting, failing, keptToExpiry, rejected } = alarmLeadTimes(SHORTEST);
  const minutes = Math.floor(Math.min(notReporting, failing, keptToExpiry, rejected) / 60);
  expect(readAsOneLine('README.md')).toContain(`the first notification arrives ${minutes} minutes before`);
  expect(readAsOneLine('docs/limits.md')).toContain(`| ${minutes} minutes in the worst case`);
});

test('docs/alarms.md lists every alarm with its runbook chapter', () => {
  const listed = linkTargets(chapter(read('docs/alarms.md'), 'Alarms')).filter((target) =>
    target.includes('#'),
  );
  const expected = Object.values(ALARMS).flat().map(runbookChapterPath);
  expect(listed.map((target) => `docs/${target}`).sort()).toEqual(expected.sort());
});
