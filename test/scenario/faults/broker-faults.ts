import type { KisOptions } from '../../../simulator/brokers/kis.ts';
import type { KiwoomOptions } from '../../../simulator/brokers/kiwoom.ts';
import { OUTAGES } from '../../../simulator/brokers/outage.ts';
import type { Operation } from '../operation.ts';
import type { RowName } from './expected-rows.ts';
import { type Fault, ID } from './fault.ts';

const HOUR = 60 * 60 * 1000;

const kis = (name: string, row: RowName, options: Partial<KisOptions>, more: Partial<Fault> = {}): Fault => ({
  name: `KIS: ${name}`,
  broker: 'kis',
  row,
  strike: ({ world }) => world.kis.set(options),
  ...more,
});

const kiwoom = (
  name: string,
  row: RowName,
  options: Partial<KiwoomOptions>,
  more: Partial<Fault> = {},
): Fault => ({
  name: `Kiwoom: ${name}`,
  broker: 'kiwoom',
  row,
  // So that what the fault does is seen, not what a kept token does; that has rows of its own.
  always: { kiwoom: { reissue: 'supersede' } },
  strike: ({ world }) => world.kiwoom.set(options),
  ...more,
});

/** Each waits for the real time-out of a call: one broker is enough. */
const SLOW_FAULTS = [
  kis('answers hang', 'unavailable, not followed', { outage: 'hang' }, { slow: true }),
  kiwoom('answers slow', 'unavailable, not followed', { outage: 'slow' }, { slow: true }),
];

/** Outages in which the broker may have served the request, as far as the refresher can know. */
const MAY_HAVE_ACTED: ReadonlySet<string> = new Set([
  ...['refused', 'cut', 'lost', 'invalid-json', 'wrong-charset', 'huge'],
]);

function rowOf(broker: 'KIS' | 'Kiwoom', outage: string): RowName {
  // The body is what counts.
  if (outage === 'wrong-content-type') return 'fine';
  return MAY_HAVE_ACTED.has(outage) ? `${broker} unavailable, may have acted` : `${broker} unavailable`;
}

const OUTAGE_FAULTS = OUTAGES.filter((outage) => !['none', 'hang', 'slow'].includes(outage)).flatMap(
  (outage) => [
    kis(`answers ${outage}`, rowOf('KIS', outage), { outage }),
    kiwoom(`answers ${outage}`, rowOf('Kiwoom', outage), { outage }),
  ],
);

const KIS_FAULTS = [
  kis('in order', 'fine', {}),
  kis('maintenance at this hour', 'KIS unavailable', { maintenance: '00:00-23:59' }),
  kis('refuses with EGW00133', 'throttled', { refuseIssue: 'EGW00133' }),
  ...['EGW00002', 'EGW00201', 'EGW99999'].map((code) =>
    kis(`refuses with ${code}`, 'issue unavailable', { refuseIssue: code }),
  ),
  ...['EGW00103', 'EGW00105', 'EGW00303'].map((code) =>
    kis(`refuses with ${code}`, 'rejected', { refuseIssue: code }),
  ),
  kis('states an end that is past', 'malformed', { statedExpiry: 'past' }),
  kis("hands out another app key's token", 'malformed', { jti: 'other' }),
  kis('its clock is an hour ahead', 'ended an hour early', { clockAhead: HOUR }),
  kis('its clock is an hour behind', 'fine, verified', { clockAhead: -HOUR }),
  kis('returns the same token until its revocation', 'the same until revoked', {
    reuseWindowSeconds: 172_800,
  }),
  kis('returns the same token for two days', 'the same for two days', {
    reuseDead: 'always',
    reuseWindowSeconds: 172_800,
  }),
  kis('returns it for two days, with the rest of its life', 'the same for two days', {
    reuseDead: 'always',
    expiresInOnReuse: 'left',
    reuseWindowSeconds: 172_800,
  }),
  kis(
    'takes a call every five minutes, and says so',
    'fine',
    { minimumIntervalSeconds: 300 },
    {
      credential: { minimumIntervalSeconds: 300 },
    },
  ),
  kis('a refusal starts its two minutes again', 'fine', {
    refusalRestartsInterval: true,
    minimumIntervalSeconds: 120,
  }),
  kis('a new token kills the old one', 'fine', { newTokenKillsOld: true }),
  kis('tokens live for three months', 'fine', { tokenLifeSeconds: 7_776_000 }),
  kis('tokens live for two hours', 'fine', { tokenLifeSeconds: 7200 }),
  kis(
    'has ended a reported token, and returns it until its revocation',
    'reported, dead, and returned until revoked',
    {},
    { strike: endKisToken('killed'), deliver: report },
  ),
  kis(
    'has ended a reported token, and returns it after its revocation',
    'reported, dead, and returned',
    {},
    { strike: endKisToken('always'), deliver: report },
  ),
  kis(
    'is too busy to check a reported token',
    'reported, unclear',
    { refuseData: 'EGW00201' },
    { deliver: report },
  ),
];

const KIWOOM_FAULTS = [
  kiwoom('in order, a new token ends the old one', 'fine', {}),
  kiwoom(
    'in order, one token to its end',
    'one token to its end',
    {},
    {
      always: { kiwoom: { reissue: 'same-token' } },
    },
  ),
  kiwoom(
    'one token to its end, revoked early',
    'revoked early',
    {},
    {
      always: { kiwoom: { reissue: 'same-token' } },
      credential: { renewEarly: 'revoke' },
    },
  ),
  kiwoom('maintenance at this hour', 'Kiwoom unavailable', { maintenance: '00:00-23:59' }),
  ...['1999', '9999'].map((code) =>
    kiwoom(`refuses with ${code}`, 'issue unavailable', { refuseIssue: code }),
  ),
  ...['8001', '8030', '8031', '8050', '1517'].map((code) =>
    kiwoom(`refuses with ${code}`, 'rejected', { refuseIssue: code }),
  ),
  kiwoom('refuses an address with the newer words', 'rejected', { refuseIssue: '8050', text8050: 'address' }),
  kiwoom('throttles with HTTP 429', 'throttled', {}, { strike: throttled(429) }),
  kiwoom('throttles with HTTP 200', 'throttled', {}, { strike: throttled(200) }),
  kiwoom('tokens live for 4 h 22 min', 'fine', { tokenLifeSeconds: 15_720 }),
  kiwoom('the other order, case and date', 'fine', {
    keyOrder: 'reversed',
    tokenType: 'Bearer',
    expiryFormat: 'text',
  }),
  kiwoom('its clock is an hour ahead', 'ended an hour early', { clockAhead: HOUR }),
  kiwoom('its clock is an hour behind', 'fine', { clockAhead: -HOUR }),
  ...['8005', '8010', '8103'].map((code) =>
    kiwoom(
      `answers a reported token with ${code}`,
      'every token refused',
      { refuseData: code },
      { deliver: report },
    ),
  ),
  kiwoom(
    'has ended a reported token',
    'reported and dead',
    {},
    { strike: ({ world }) => world.kiwoom.kill(world.published(ID.kiwoom).token ?? ''), deliver: report },
  ),
  kiwoom(
    'is too busy to check a reported token',
    'reported, unclear',
    { refuseData: '1700' },
    { deliver: report },
  ),
];

/** Ends the published token at KIS, which goes on returning it. */
function endKisToken(reuseDead: KisOptions['reuseDead']): NonNullable<Fault['strike']> {
  return ({ world }) => {
    world.kis.set({ reuseDead });
    world.kis.kill(world.published(ID.kis).token ?? '');
  };
}

async function report(operation: Operation, id: string): Promise<void> {
  const { generation } = operation.state(id) ?? { generation: 1 };
  await operation.send({ credential: id, cause: 'rejected', generation });
}

/** Somebody else's program asks for tokens all the time. */
function throttled(throttleStatus: 429 | 200): NonNullable<Fault['strike']> {
  return ({ world }) => {
    world.kiwoom.set({ tokenCallInterval: 48 * HOUR, throttleStatus });
    const [key] = world.kiwoom.keys;
    const body = { grant_type: 'client_credentials', appkey: key?.appkey, secretkey: 'FAKE-somebody-else' };
    world.kiwoom.handle({
      method: 'POST',
      path: '/oauth2/token',
      headers: { 'content-type': 'application/json;charset=UTF-8', 'api-id': 'au10001' },
      body: JSON.stringify(body),
      remoteAddress: '127.0.0.1',
    });
  };
}

export const BROKER_FAULTS: readonly Fault[] = [
  ...OUTAGE_FAULTS,
  ...SLOW_FAULTS,
  ...KIS_FAULTS,
  ...KIWOOM_FAULTS,
];
