import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { askForConfirmation } from './confirmation.ts';
import { execute, exitCodeOf, type Step, summary } from './execute.ts';
import type { Scenario } from './scenario/scenario.ts';

const passing: Step = { guarantee: 'Passing', run: async () => undefined };
const failing: Step = {
  guarantee: 'Failing',
  run: async () => {
    throw new Error('expected otherwise');
  },
};

/** Runs the steps, and counts the cleanups. */
async function run(
  steps: readonly Step[],
  { signal = new AbortController().signal, undeleted = [] as readonly string[] } = {},
) {
  let cleanUps = 0;
  const lines: string[] = [];
  const cleanUp = async () => {
    cleanUps += 1;
    return { kept: ['the key'], undeleted };
  };
  const print = (line: string) => lines.push(line);
  const executed = await execute({ steps, scenario: { signal } as Scenario, cleanUp, print });
  return { executed, cleanUps, lines, statuses: executed.results.map(({ status }) => status) };
}

describe('the command "npm run test:aws"', () => {
  it('continues after a failed step, cleans up once, and fails', async () => {
    const { executed, cleanUps, statuses, lines } = await run([passing, failing, passing]);
    expect(statuses).toEqual(['passed', 'failed', 'passed']);
    expect(cleanUps).toBe(1);
    expect(lines).toContain('✖ Failing (0 s)\n    expected otherwise');
    expect(exitCodeOf(executed, false)).toBe(1);
  });

  it('runs no further step after a failed deployment, and cleans up', async () => {
    const { cleanUps, statuses } = await run([{ ...failing, required: true }, passing]);
    expect(statuses).toEqual(['failed', 'not reached']);
    expect(cleanUps).toBe(1);
  });

  it('does not wait for a running step after an interruption, and cleans up', async () => {
    const controller = new AbortController();
    const endless: Step = { guarantee: 'Endless', run: () => new Promise<void>(() => {}) };
    setTimeout(() => controller.abort(new Error('interrupted by SIGINT')), 10);
    const { executed, cleanUps, statuses } = await run([endless, passing], controller);
    expect(statuses).toEqual(['not reached', 'not reached']);
    expect(cleanUps).toBe(1);
    expect(exitCodeOf(executed, true)).toBe(130);
  });

  it('marks each step whose guarantee only a run in an AWS account can prove', async () => {
    const { executed, lines } = await run([{ ...passing, requiresAccount: true }, passing]);
    expect(exitCodeOf(executed, false)).toBe(0);
    expect(lines).toEqual(expect.arrayContaining(['✔ Passing* (0 s)', '✔ Passing (0 s)']));
    const counts = '2 passed, 0 failed, 0 not reached. *: only an account proves it';
    expect(summary(executed, 'AWS')).toContain(`${counts}.`);
    expect(summary(executed, 'MiniStack')).toContain(`${counts}, and this was an emulator.`);
    expect(summary(executed, 'AWS')).toContain('Left behind as planned:\n  the key');
  });

  it('fails if the cleanup could not delete a resource', async () => {
    const { executed } = await run([passing], { undeleted: ['the stack X: DELETE_FAILED'] });
    expect(exitCodeOf(executed, false)).toBe(1);
    expect(summary(executed, 'AWS')).toContain('  the stack X: DELETE_FAILED');
  });
});

describe('a process of "npm run test:aws"', () => {
  it.each([
    ['SIGINT', 1, 'cleaned up'],
    ['SIGTERM', 1, 'cleaned up'],
    ['SIGINT', 2, ''],
  ] as const)(
    'that receives %s %i times ends with the exit code 130 and the output "%s"',
    async (signal, times, output) => {
      const program = join(import.meta.dirname, 'fixtures', 'interrupted-run.ts');
      const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'ignore'] });
      const [first] = (await once(child.stdout, 'data')) as [Buffer];
      expect(first.toString()).toBe('running\n');
      const rest = text(child.stdout);
      const closed = once(child, 'close');
      for (let count = 0; count < times; count += 1) {
        child.kill(signal);
        await sleep(150);
      }
      expect(await closed).toEqual([130, null]);
      expect((await rest).trim()).toBe(output);
    },
  );
});

describe('the confirmation of "npm run test:aws"', () => {
  it.each([
    ['in the option --yes', '', { isTTY: false, yes: true }, true],
    ['in a terminal, where a user types "yes"', 'yes\n', { isTTY: true, yes: false }, true],
    ['not in "y"', 'y\n', { isTTY: true, yes: false }, false],
    ['not in an empty line', '\n', { isTTY: true, yes: false }, false],
    ['not in the end of the input', '', { isTTY: true, yes: false }, false],
    ['not in an input without a terminal', 'yes\n', { isTTY: false, yes: false }, false],
  ])('is given %s', async (_, typed, { isTTY, yes }, expected) => {
    const stdin = Object.assign(new PassThrough(), { isTTY });
    const stderr = new PassThrough();
    stdin.end(typed);
    expect(await askForConfirmation(yes, { stdin, stderr })).toBe(expected);
    // Without a terminal, the message names the option --yes.
    expect(String(stderr.read()).includes('--yes')).toBe(!isTTY && !yes);
  });
});
