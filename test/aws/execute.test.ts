import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { askForConfirmation } from './confirmation.ts';
import { type ExecutableStep, execute, exitCodeOf, summary } from './execute.ts';

const passing = (guarantee: string): ExecutableStep => ({ guarantee, run: async () => undefined });
const failing = (guarantee: string): ExecutableStep => ({
  guarantee,
  run: async () => {
    throw new Error('expected something else');
  },
});

/** Runs the steps, and counts the cleanups. */
async function run(
  steps: readonly ExecutableStep[],
  { signal = new AbortController().signal, undeleted = [] as readonly string[] } = {},
) {
  let cleanUps = 0;
  const lines: string[] = [];
  const executed = await execute({
    steps,
    cleanUp: async () => {
      cleanUps += 1;
      return { kept: ['the key'], undeleted };
    },
    print: (line) => lines.push(line),
    signal,
  });
  return { executed, cleanUps, lines, statuses: executed.results.map(({ status }) => status) };
}

describe('the run of test:aws', () => {
  it('continues after a failed step, cleans up once, and fails', async () => {
    const { executed, cleanUps, statuses, lines } = await run([
      passing('One'),
      failing('Two'),
      passing('Three'),
    ]);
    expect(statuses).toEqual(['passed', 'failed', 'passed']);
    expect(cleanUps).toBe(1);
    expect(lines).toContain('✖ Two (0 s)\n    expected something else');
    expect(exitCodeOf(executed, false)).toBe(1);
  });

  it('runs no further step after a failed deployment, and cleans up', async () => {
    const { cleanUps, statuses } = await run([{ ...failing('Deployed'), required: true }, passing('Two')]);
    expect(statuses).toEqual(['failed', 'not reached']);
    expect(cleanUps).toBe(1);
  });

  it('does not wait for a running step when it is interrupted, and cleans up', async () => {
    const controller = new AbortController();
    const endless: ExecutableStep = { guarantee: 'Endless', run: () => new Promise(() => {}) };
    setTimeout(() => controller.abort(new Error('interrupted by SIGINT')), 10);
    const { executed, cleanUps, statuses } = await run([endless, passing('Two')], {
      signal: controller.signal,
    });
    expect(statuses).toEqual(['not reached', 'not reached']);
    expect(cleanUps).toBe(1);
    expect(exitCodeOf(executed, true)).toBe(130);
  });

  it('marks in its report the steps that only a run in an AWS account can prove', async () => {
    const step = { ...passing('Permissions'), requiresAccount: true } as const;
    const { executed, lines } = await run([step, passing('Two')]);
    expect(exitCodeOf(executed, false)).toBe(0);
    expect(lines).toContain('✔ Permissions* (0 s)');
    expect(lines).toContain('✔ Two (0 s)');
    const counts = '2 passed, 0 failed, 0 not reached. *: only an account proves it';
    expect(summary(executed, 'AWS')).toContain(`${counts}.`);
    expect(summary(executed, 'MiniStack')).toContain(`${counts}, and this was an emulator.`);
    expect(summary(executed, 'AWS')).toContain('Left behind as planned:\n  the key');
  });

  it('fails if the cleanup could not delete a resource', async () => {
    const { executed } = await run([passing('One')], { undeleted: ['the stack X: DELETE_FAILED'] });
    expect(exitCodeOf(executed, false)).toBe(1);
    expect(summary(executed, 'AWS')).toContain('  the stack X: DELETE_FAILED');
  });
});

describe('a process of test:aws', () => {
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
      const [code] = (await closed) as [number | null];
      expect(code).toBe(130);
      expect((await rest).trim()).toBe(output);
    },
  );
});

describe('the confirmation of test:aws', () => {
  const ask = async (typed: string, isTTY = true) => {
    const stdin = Object.assign(new PassThrough(), { isTTY });
    const stderr = new PassThrough();
    stdin.end(typed);
    return { confirmed: await askForConfirmation(false, { stdin, stderr }), said: String(stderr.read()) };
  };

  it('is not requested with --yes', async () => {
    expect(await askForConfirmation(true, { stdin: new PassThrough(), stderr: new PassThrough() })).toBe(
      true,
    );
  });

  it.each([
    ['yes\n', true],
    ['y\n', false],
    ['\n', false],
    ['', false],
  ])('with the typed text %j returns %s', async (typed, expected) => {
    expect((await ask(typed)).confirmed).toBe(expected);
  });

  it('is not possible without a terminal, and the error names the option --yes', async () => {
    const { confirmed: isConfirmed, said } = await ask('yes\n', false);
    expect(isConfirmed).toBe(false);
    expect(said).toContain('--yes');
  });
});
