import { describe, expect, it } from 'vitest';
import { BEHAVIOURS } from '../../simulator/explore/behaviours.ts';
import { explore } from '../../simulator/explore/command.ts';
import { search } from '../../simulator/explore/search.ts';

describe('The bounded exploration', () => {
  it.each(BEHAVIOURS.map((behaviour) => [behaviour.name, behaviour] as const))(
    'finds no history of one disturbance that ends badly for the behaviour %s',
    async (_name, behaviour) => {
      for (const start of ['no token', 'inside the margin'] as const)
        expect(await search(behaviour, start, { depth: 1 })).toBeUndefined();
    },
  );

  it('finds a broker whose tokens live shorter than a check interval', async () => {
    const behaviour = { name: 'too-short', broker: 'kis', options: { tokenLifeSeconds: 200 } } as const;
    expect(await search(behaviour, 'no token', { depth: 1 })).toMatchObject({
      history: [expect.any(String)],
      broken: expect.stringMatching(/^no live token is published after \d+ quiet ticks$/),
    });
  });

  it('prints the searches, their worlds and a verdict', async () => {
    const lines: string[] = [];
    const options = { depth: 0, behaviour: 'kis', start: 'fresh' } as const;
    expect(await explore(options, (line) => lines.push(line))).toBe(true);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^kis, fresh: 1 reached, 1 distinct, \d+\.\d s$/);
    expect(lines[1]).toMatch(/^1 searches to depth 0: 1 worlds reached, 1 distinct, \d+ s$/);
    expect(lines[2]).toBe('Every history ends well.');
  });
});
