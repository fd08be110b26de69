import type { KisOptions } from '../../../simulator/brokers/kis.ts';
import type { KiwoomOptions } from '../../../simulator/brokers/kiwoom.ts';
import { OUTAGES } from '../../../simulator/brokers/outage.ts';
import type { Operation } from '../operation.ts';
import type { RowName } from './expected-rows.ts';
import { type Fault, ID } from './fault.ts';

const HOUR = 60 * 60 * 1000;

const kisFault = (
  name: string,
  row: RowName,
  options: Partial<KisOptions>,
  more: Partial<Fault> = {},
): Fault => ({
  name: `KIS: ${name}`,
  broker: 'kis',
  row,
  cause: ({ world }) => world.kis.set(options),
  ...more,
});

const kiwoomFault = (
  name: string,
  row: RowName,
  options: Partial<KiwoomOptions>,
  more: Partial<Fault> = {},
): Fault => ({
  name: `Kiwoom: ${name}`,
  broker: 'kiwoom',
  row,
  // By default, a new token invalidates the previous one. A fault can override this option to test a broker
  // that returns the same token until its expiry.
  initialBrokerOptions: { kiwoom: { reissue: 'supersede' } },
  cause: ({ world }) => world.kiwoom.set(options),
  ...more,
});

/** Each of these faults runs with only one broker, because its calls wait for a timeout in real time. */
const SLOW_FAULTS = [
  kisFault('replies hang', 'unavailable, not followed', { outage: 'hang' }, { slow: true }),
  kiwoomFault('replies are slow', 'unavailable, not followed', { outage: 'slow' }, { slow: true }),
];

/** The outages after which the refresher must assume that the broker may have executed the request. */
const OUTAGES_WITH_UNKNOWN_RESULT: ReadonlySet<string> = new Set([
  ...['refused', 'cut', 'lost', 'invalid-json', 'wrong-charset', 'huge'],
]);

function expectedRowName(broker: 'KIS' | 'Kiwoom', outage: string): RowName {
  // The refresher ignores the content type and evaluates only the body.
  if (outage === 'wrong-content-type') return 'fine';
  return OUTAGES_WITH_UNKNOWN_RESULT.has(outage)
    ? `${broker} unavailable, may have acted`
    : `${broker} unavailable`;
}

const OUTAGE_FAULTS = OUTAGES.filter((outage) => !['none', 'hang', 'slow'].includes(outage)).flatMap(
  (outage) => [
    kisFault(`outage ${outage}`, expectedRowName('KIS', outage), { outage }),
    kiwoomFault(`outage ${outage}`, expectedRowName('Kiwoom', outage), { outage }),
  ],
);

const KIS_FAULTS = [
  kisFault('no fault', 'fine', {}),
  kisFault('maintenance', 'KIS unavailable', { maintenance: '00:00-23:59' }),
  kisFault('rejects issue calls with EGW00133', 'throttled', { refuseIssue: 'EGW00133' }),
  ...['EGW00002', 'EGW00201', 'EGW99999'].map((code) =>
    kisFault(`rejects issue calls with ${code}`, 'issue unavailable', { refuseIssue: code }),
  ),
  ...['EGW00103', 'EGW00105', 'EGW00303'].map((code) =>
    kisFault(`rejects issue calls with ${code}`, 'rejected', { refuseIssue: code }),
  ),
  kisFault('states an expiry in the past', 'malformed', { statedExpiry: 'past' }),
  kisFault('returns the token of a different app key', 'malformed', { jti: 'other' }),
  kisFault('the clock of the broker is an hour ahead', 'expired an hour early', { clockAhead: HOUR }),
  kisFault('the clock of the broker is an hour behind', 'fine, verified', { clockAhead: -HOUR }),
  kisFault('returns the same token until its revocation', 'the same until revoked', {
    reuseWindowSeconds: 172_800,
  }),
  kisFault('returns the same token for two days', 'the same for two days', {
    reuseDead: 'always',
    reuseWindowSeconds: 172_800,
  }),
  kisFault('returns the same token for two days, with its remaining lifetime', 'the same for two days', {
    reuseDead: 'always',
    expiresInOnReuse: 'left',
    reuseWindowSeconds: 172_800,
  }),
  kisFault(
    'minimum interval of five minutes, which is configured',
    'fine',
    { minimumIntervalSeconds: 300 },
    {
      credential: { minimumIntervalSeconds: 300 },
    },
  ),
  kisFault('minimum interval of two minutes, which a rejected call restarts', 'fine', {
    refusalRestartsInterval: true,
    minimumIntervalSeconds: 120,
  }),
  kisFault('a new token invalidates the old one', 'fine', { newTokenKillsOld: true }),
  kisFault('tokens with a lifetime of three months', 'fine', { tokenLifeSeconds: 7_776_000 }),
  kisFault('tokens with a lifetime of two hours', 'fine', { tokenLifeSeconds: 7200 }),
  kisFault(
    'invalidated a reported token, and returns it until its revocation',
    'reported, dead, and returned until revoked',
    {},
    { cause: invalidateKisToken('killed'), deliver: report },
  ),
  kisFault(
    'invalidated a reported token, and returns it after its revocation',
    'reported, dead, and returned',
    {},
    { cause: invalidateKisToken('always'), deliver: report },
  ),
  kisFault(
    'returns no verdict on a reported token',
    'reported, unclear',
    { refuseData: 'EGW00201' },
    { deliver: report },
  ),
];

const KIWOOM_FAULTS = [
  kiwoomFault('no fault, a new token invalidates the old one', 'fine', {}),
  kiwoomFault(
    'no fault, the same token until its expiry',
    'same token until expiry',
    {},
    {
      initialBrokerOptions: { kiwoom: { reissue: 'same-token' } },
    },
  ),
  kiwoomFault(
    'the same token until its expiry, revoked early',
    'revoked early',
    {},
    {
      initialBrokerOptions: { kiwoom: { reissue: 'same-token' } },
      credential: { renewEarly: 'revoke' },
    },
  ),
  kiwoomFault('maintenance', 'Kiwoom unavailable', { maintenance: '00:00-23:59' }),
  ...['1999', '9999'].map((code) =>
    kiwoomFault(`rejects issue calls with ${code}`, 'issue unavailable', { refuseIssue: code }),
  ),
  ...['8001', '8030', '8031', '8050', '1517'].map((code) =>
    kiwoomFault(`rejects issue calls with ${code}`, 'rejected', { refuseIssue: code }),
  ),
  kiwoomFault('rejects an IP address with the newer text', 'rejected', {
    refuseIssue: '8050',
    text8050: 'address',
  }),
  kiwoomFault('throttles with HTTP 429', 'throttled', {}, { cause: throttleRefresher(429) }),
  kiwoomFault('throttles with HTTP 200', 'throttled', {}, { cause: throttleRefresher(200) }),
  kiwoomFault('tokens with a lifetime of 4 h 22 min', 'fine', { tokenLifeSeconds: 15_720 }),
  kiwoomFault('different order of fields, case and date format', 'fine', {
    keyOrder: 'reversed',
    tokenType: 'Bearer',
    expiryFormat: 'text',
  }),
  kiwoomFault('the clock of the broker is an hour ahead', 'expired an hour early', { clockAhead: HOUR }),
  kiwoomFault('the clock of the broker is an hour behind', 'fine', { clockAhead: -HOUR }),
  ...['8005', '8010', '8103'].map((code) =>
    kiwoomFault(
      `rejects a reported token with ${code}`,
      'every token rejected',
      { refuseData: code },
      { deliver: report },
    ),
  ),
  kiwoomFault(
    'invalidated a reported token',
    'reported and dead',
    {},
    { cause: ({ world }) => world.kiwoom.kill(world.published(ID.kiwoom).token ?? ''), deliver: report },
  ),
  kiwoomFault(
    'returns no verdict on a reported token',
    'reported, unclear',
    { refuseData: '1700' },
    { deliver: report },
  ),
];

/**
 * Invalidates the published token at the simulated KIS, which continues to return the token to issue calls.
 */
function invalidateKisToken(reuseDead: KisOptions['reuseDead']): NonNullable<Fault['cause']> {
  return ({ world }) => {
    world.kis.set({ reuseDead });
    world.kis.kill(world.published(ID.kis).token ?? '');
  };
}

async function report(operation: Operation, id: string): Promise<void> {
  const { generation } = operation.state(id) ?? { generation: 1 };
  await operation.send({ credential: id, cause: 'rejected', generation });
}

/**
 * Simulates a call of a different program with the same app key, so that the broker throttles the refresher.
 */
function throttleRefresher(throttleStatus: 429 | 200): NonNullable<Fault['cause']> {
  return ({ world }) => {
    world.kiwoom.set({ tokenCallInterval: 48 * HOUR, throttleStatus });
    const [key] = world.kiwoom.keys;
    const body = { grant_type: 'client_credentials', appkey: key?.appkey, secretkey: 'FAKE-other-program' };
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
