import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BEHAVIORS } from '../../../simulator/explore/behaviors.ts';
import { exploreProgram } from '../../../simulator/explore/explore-command.ts';
import { search } from '../../../simulator/explore/search.ts';

const folder = mkdtempSync(join(tmpdir(), 'explore-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...parameters: string[]): Promise<{ lines: string[]; exitCode: number }> {
  const lines: string[] = [];
  const before = process.exitCode;
  process.exitCode = 0;
  await exploreProgram((line) => lines.push(line)).parseAsync(parameters, { from: 'user' });
  const exitCode = Number(process.exitCode);
  process.exitCode = before;
  return { lines, exitCode };
}

describe('the command "npm run explore"', () => {
  it.each([
    ['one disturbance', ['--depth', '1'], BEHAVIORS.length],
    ['two disturbances at KIS', ['--depth', '2', '--behavior', 'kis'], 1],
    ['two disturbances at Kiwoom', ['--depth', '2', '--behavior', 'kiwoom-same'], 1],
  ])('finds no sequence of %s that violates a check', async (_name, parameters, searches) => {
    const { lines, exitCode } = await run(...parameters);
    expect(lines.at(-1)).toBe('Every history passes all checks.');
    expect(lines).toHaveLength(searches + 2);
    expect(exitCode).toBe(0);
  });

  it('prints the number of states per broker behavior and a result, and can resume from a file', async () => {
    const file = join(folder, 'finished.jsonl');
    const parameters = ['--depth', '0', '--behavior', 'kis', '--resume', file];
    const first = await run(...parameters);
    expect(first.lines).toEqual([
      expect.stringMatching(/^kis: 6 reached, 6 distinct, \d+\.\d s$/),
      expect.stringMatching(/^1 behaviors to depth 0: 6 worlds reached, 6 distinct, \d+ s$/),
      'Every history passes all checks.',
    ]);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ job: { behavior: 'kis', depth: 0 } });
    expect((await run(...parameters)).lines[0]).toMatch(/^kis: 6 reached, .* \(from .*finished\.jsonl\)$/);
    expect((await run(...parameters.with(1, '1'))).lines[0]).not.toContain('from');
  });

  it('replays one sequence of events step by step and prints every decision', async () => {
    const { lines, exitCode } = await run(
      ...['--behavior', 'kiwoom-same', '--start', 'fresh'],
      ...['--replay', 'the broker invalidates the token', 'a report that the token was rejected'],
    );
    expect(lines.slice(0, 4)).toEqual([
      'the broker invalidates the token',
      'a report that the token was rejected',
      '  verify · Suspect · dead · 인증에 실패했습니다[8005:Token이 유효하지 않습니다]',
      expect.stringMatching(/^ {2}issue · TokenDead · published · until /),
    ]);
    expect(lines.at(-1)).toBe('The history passes all checks.');
    expect(exitCode).toBe(0);
  });

  it.each([
    [['--replay', 'a tick is lost'], '--replay needs --behavior and --start'],
    [['--depth', 'x'], 'Give a whole number from 0 to 9.'],
  ])('rejects %j with the reason', async (parameters, reason) => {
    const program = exploreProgram(() => undefined)
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    await expect(program.parseAsync(parameters, { from: 'user' })).rejects.toThrow(reason);
  });
});

describe('The search of "npm run explore"', () => {
  it('finds that no live token is published if the token lifetime is shorter than the check interval', async () => {
    const behavior = { name: 'too-short', broker: 'kis', options: { tokenLifeSeconds: 200 } } as const;
    expect(await search(behavior, { starts: ['no token'], depth: 1 })).toMatchObject({
      start: 'no token',
      history: [expect.any(String)],
      violation: expect.stringMatching(/^no live token is published after \d+ quiet ticks$/),
    });
  });
});
