import { expect, test } from 'vitest';
import { fleetScheduleInput } from '../../../cli/fleet/resources.ts';
import type { CredentialConfig } from '../../../lambdas/shared/credential.ts';
import { FLEET_SETTINGS } from '../../cli/fleet/fleet-harness.ts';
import { KIS, resources, templateOf } from '../synth.ts';

test.each([1, 5, 12])(
  'the command "tokens add" creates the same schedule as a stack, plus a time window of one minute (check interval: %i min)',
  (minutes) => {
    const context = { checkEvery: `${minutes}m`, renewBefore: '3h', credentials: [{ ...KIS, id: 'kis-2' }] };
    const [made] = [...resources(templateOf(context), 'AWS::Scheduler::Schedule').values()];
    const config = { id: 'kis-2', checkEverySeconds: minutes * 60 } as CredentialConfig;
    const {
      Target: added,
      GroupName,
      FlexibleTimeWindow,
      ...others
    } = fleetScheduleInput(config, FLEET_SETTINGS);
    const { Target: target, GroupName: group, FlexibleTimeWindow: window, ...own } = made?.Properties ?? {};
    expect([GroupName, group]).toEqual(['BrokerTokens-fleet', 'BrokerTokens']);
    expect(others).toEqual(own);
    // The time window spreads the ticks of a fleet, because a fleet can have hundreds of credentials. A stack
    // without a fleet has at most about fifty credentials.
    expect(FlexibleTimeWindow).toEqual({ Mode: 'FLEXIBLE', MaximumWindowInMinutes: 1 });
    expect(window).toEqual({ Mode: 'OFF' });
    const { Arn, RoleArn, ...same } = target as Record<string, unknown>;
    expect([added?.Arn, added?.RoleArn]).toEqual([FLEET_SETTINGS.inboxArn, FLEET_SETTINGS.schedulerRoleArn]);
    expect({ Arn: added?.Arn, RoleArn: added?.RoleArn, ...same }).toEqual(added);
  },
);
