import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { alarmLeadTimes } from '../../../lib/alarms/lead-time.ts';
import { BOTH_BROKERS, SHORTEST_LEAD_TIME_SETTINGS, templateOf } from '../synth.ts';
import { synthesizedAlarms } from './synthesized-alarms.ts';

const document = (name: string) => readFileSync(join(import.meta.dirname, '../../../docs', name), 'utf8');
const runbook = `${document('runbook.md')}\n${document('runbook-fleet.md')}`;
/** The test stack has a NAT instance and a fleet, because both add alarms to the stack. */
const egress = { kind: 'static', nat: 'instance' };
const alarms = synthesizedAlarms(templateOf({ ...BOTH_BROKERS, egress, fleet: {} }));

/** The text of each runbook chapter, by title. */
const chapters = new Map(
  runbook
    .split(/^## /m)
    .slice(1)
    .map((chapter) => [chapter.slice(0, chapter.indexOf('\n')), chapter] as const),
);
/** The anchors that GitHub generates from the chapter titles. */
const anchors = new Set([...chapters.keys()].map((title) => title.toLowerCase().replaceAll(' ', '-')));
/** The titles of the chapters about alarms. Only these titles contain no space. */
const ofAlarms = [...chapters.keys()].filter((title) => /^[A-Z][A-Za-z]+$/.test(title));

test('the runbook has one chapter per alarm', () => {
  expect(ofAlarms.sort()).toEqual([...new Set(alarms.map(({ chapter }) => chapter))].sort());
});

test.for(ofAlarms)(
  'the runbook chapter %s has the sections Description, Investigation and Resolution',
  (title) => {
    expect(chapters.get(title)?.match(/^### .*$/gm)).toEqual([
      '### Description',
      '### Investigation',
      '### Resolution',
    ]);
  },
);

test('the target of every link in an alarm description and in the runbook exists', () => {
  for (const { chapter, description } of alarms) {
    const [, path = '', anchor] = /Then: docs\/(\S+)#(\S+)$/.exec(description) ?? [];
    expect(anchor).toBe(chapter.toLowerCase());
    expect(document(path)).toContain(`## ${chapter}\n`);
  }
  const links = [...[...runbook.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor)];
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter((link) => link === undefined || !anchors.has(link))).toEqual([]);
});

test('every command in the runbook is an AWS CLI command', () => {
  const commands = [...runbook.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].flatMap(([, block]) =>
    (block ?? '').replaceAll('\\\n', ' ').trim().split('\n'),
  );
  expect(commands.length).toBeGreaterThan(15);
  for (const command of commands) {
    expect(command.trim()).toMatch(/^(?:[A-Z]+=\$\()?aws [a-z0-9]+ [a-z-]+ /);
  }
});

test('the lead times in docs/alarms.md equal those of the code', () => {
  const table = document('alarms.md').replaceAll(/ +/g, ' ');
  const { rejected, failing, keptToExpiry, notReporting } = alarmLeadTimes(SHORTEST_LEAD_TIME_SETTINGS);
  for (const [alarm, seconds] of [
    ['ActionRequired', rejected],
    ['RefreshFailing', failing],
    ['ExpiringSoon', keptToExpiry],
    ['ExpiringSoon', notReporting],
  ] as const) {
    expect(table).toContain(`| ${alarm} | ${seconds / 60} minutes |`);
  }
});
