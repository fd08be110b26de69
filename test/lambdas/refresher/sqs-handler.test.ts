import { describe, expect, it } from 'vitest';
import { DefectError } from '../../../lambdas/refresher/sqs-handler.ts';
import { UnknownCredentialError } from '../../../lambdas/store/parameters.ts';
import type { Outcome, PortCall } from '../../../simulator/explore/explored-world.ts';
import { MINUTE } from '../decision/facts.ts';
import { HANDLED_RESPONSE, handlerForWorld, rejectWith, TICK } from './events.ts';
import {
  alwaysFail,
  createDeadTokenWorld,
  createIdleWorld,
  createWorldAtRenewal,
  HOUR,
  later,
  publishedTokenIn,
  REPORT,
  START,
} from './world-harness.ts';

describe('The handler', () => {
  it('logs each decision, and publishes the metrics of the credential once per invocation', async () => {
    const { deliver, lines, metrics } = handlerForWorld(await createIdleWorld());
    expect(await deliver()).toEqual(HANDLED_RESPONSE);
    const decision = { action: 'keep', reason: 'Fresh', next: new Date(START + 21 * HOUR).toISOString() };
    const fields = { ...TICK, messageId: 'm-9', ...decision, generation: 1, brokerMessage: undefined };
    expect(lines).toEqual([{ level: 'info', message: 'decision', fields }]);
    const seconds = 23 * 3600 - 0.3;
    const readings = { secondsToExpiry: seconds, headroom: seconds, failureLevel: 0 };
    expect(metrics).toEqual([['credential', 'main', readings]]);
  });

  it('publishes no metrics of a fleet credential, because the fleet monitor publishes them', async () => {
    const world = await createIdleWorld('kis', { config: { managedBy: 'operator' } });
    const { deliver, metrics } = handlerForWorld(world);
    await deliver();
    expect(metrics).toEqual([]);
  });

  it('publishes the metrics before and after a wait of more than 60 s for the next broker call', async () => {
    const world = await createWorldAtRenewal('kis', { options: { reuseWindowSeconds: 86_400 } });
    await world.tick();
    await later(world, 35 * MINUTE).tick();
    world.state.now = publishedTokenIn(world).expiresAt - 4 * MINUTE;
    const { deliver, metrics } = handlerForWorld(world);
    await deliver();
    const [before, after, issued] = metrics;
    // The verify call takes 0.3 s of the 240 s until the expiry.
    expect(before?.[2]).toEqual({ secondsToExpiry: 239.7, headroom: 3 * 3600, failureLevel: 0 });
    expect(after?.[2]).toMatchObject({ secondsToExpiry: expect.closeTo(86_400, -1), failureLevel: 0 });
    expect([issued, metrics.length]).toEqual([['issued', 1], 3]);
  });

  it('publishes the metrics only once if the wait between two broker calls is 2 s', async () => {
    const { deliver, metrics } = handlerForWorld(await createWorldAtRenewal('kiwoom'));
    await deliver();
    expect(metrics).toEqual([
      ['credential', 'main', expect.anything()],
      ['issued', 2],
    ]);
  });

  it('publishes the metrics only after a wait of 60 s if no token is live before the wait', async () => {
    const world = await createDeadTokenWorld();
    const { deliver, metrics } = handlerForWorld(world);
    await deliver({ credential: 'main', ...REPORT });
    expect(world.calls).toContain('sleep 60 s');
    expect(metrics.map(([name]) => name)).toEqual(['credential', 'issued']);
  });

  it.each<[outcome: string, level: string, call: PortCall, chosen: Outcome]>([
    ['published', 'info', 'issue', 'ok'],
    ['throttled', 'warn', 'issue', 'throttled'],
    ['unavailable', 'warn', 'issue', 'unavailable'],
    ['malformed', 'warn', 'issue', 'malformed'],
    ['rejected', 'warn', 'issue', 'rejected'],
    ['unpublished', 'warn', 'writeToken', 'denied'],
  ])('logs the outcome %s as %s', async (outcome, level, call, chosen) => {
    const world = await createWorldAtRenewal('kis');
    world.chooseOutcome = alwaysFail(call, chosen);
    const { deliver, lines } = handlerForWorld(world);
    await deliver();
    const line = lines.find(({ fields }) => fields['action'] === 'issue');
    expect(line).toMatchObject({ level, message: 'decision', fields: { outcome } });
  });
});

describe('An invalid message', () => {
  it.each([
    ['is no JSON', 'FAKE', 'main', 'the body is not JSON'],
    ['has an unknown cause', { credential: 'main', cause: 'other' }, 'main', 'cause'],
    ['is in a different message group', TICK, 'other', 'the message group must be "main", got "other"'],
    ['has no message group', TICK, '', 'the message group must be "main", got none'],
    ['is for an unknown credential', TICK, 'main', 'FAKE unknown'],
  ])('that %s is logged, counted and dropped', async (_why, body, group, problem) => {
    const read = rejectWith(new UnknownCredentialError('FAKE unknown'));
    const { deliver, lines, metrics } = handlerForWorld(await createIdleWorld(), read);
    expect(await deliver(body, group)).toEqual(HANDLED_RESPONSE);
    const fields = { messageId: 'm-9', problems: expect.stringContaining(problem) };
    expect(lines).toEqual([{ level: 'warn', message: 'refused message', fields }]);
    expect(metrics).toEqual([['refused']]);
  });
});

describe('An unexpected error', () => {
  it('is thrown as a DefectError, and the text of the error is not logged', async () => {
    const error = new SyntaxError('FAKE-SECRET at FAKE');
    const { deliver, lines } = handlerForWorld(await createIdleWorld(), rejectWith(error));
    const message = 'a message failed because of a defect: see the log line "defect"';
    await expect(deliver()).rejects.toThrow(expect.objectContaining({ code: 'Defect', message }));
    const at = expect.arrayContaining([expect.stringMatching(/^at .*sqs-handler\.test\.ts/)]);
    const fields = { ...TICK, messageId: 'm-9', defect: 'SyntaxError', at };
    expect(lines).toEqual([{ level: 'error', message: 'defect', fields }]);
    expect(JSON.stringify(lines)).not.toContain('FAKE-SECRET');
  });

  it('is logged with the type of the thrown value if the value is no Error object', async () => {
    const { deliver, lines } = handlerForWorld(await createIdleWorld(), rejectWith('FAKE text'));
    await expect(deliver()).rejects.toThrow(DefectError);
    expect(lines).toMatchObject([{ fields: { defect: 'string', at: [] } }]);
  });
});
