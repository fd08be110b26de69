import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { phoneText } from '../../../examples/notifications/message.ts';
import { codeBlocks, ROOT, read } from '../../docs/markdown.ts';
import { ACTION_REQUIRED_ALARM, alarmMessage, fleetMessage } from './messages.ts';

const document = read('docs/notifications.md');

describe('docs/notifications.md', () => {
  it('names every file in examples/notifications', () => {
    const files = readdirSync(join(ROOT, 'examples', 'notifications'));
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((name) => !document.includes(`examples/notifications/${name})`))).toEqual([]);
  });

  it('shows the messages that the example functions send', () => {
    const shown = codeBlocks(document).filter(({ language }) => language === 'text');
    const Subject = 'not shown';
    expect(shown.map(({ text }) => text)).toEqual([
      phoneText({ Subject, Message: alarmMessage(ACTION_REQUIRED_ALARM) }),
      phoneText({ Subject, Message: fleetMessage({}) }),
    ]);
  });

  it('has at most 200 lines, and each of its example handlers has at most 80 lines', () => {
    const lines = (path: string) => read(path).trimEnd().split('\n').length;
    expect(lines('docs/notifications.md')).toBeLessThanOrEqual(200);
    for (const name of ['telegram', 'discord'])
      expect(lines(`examples/notifications/${name}.ts`)).toBeLessThanOrEqual(80);
  });
});
