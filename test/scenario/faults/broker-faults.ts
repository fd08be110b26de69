import type { KisOptions } from '../../../simulator/brokers/kis.ts';
import type { KiwoomOptions } from '../../../simulator/brokers/kiwoom.ts';
import { OUTAGES } from '../../../simulator/brokers/outage.ts';
import type { WorldCredential } from '../../../simulator/world.ts';
import { HOUR, type Operation } from '../operation.ts';
import type { RowName } from './expected-rows.ts';

export const ID = { kis: 'kis-main', kiwoom: 'kiwoom-main' } as const;

/** One fault of a broker. */
export interface Fault {
  /** A unique description. */
  readonly name: string;
  readonly broker: 'kis' | 'kiwoom';
  /** The name of the row of `EXPECTED_ROWS` that contains the expected results. */
  readonly row: RowName;
  /** The broker options that apply from the start. */
  readonly initialBrokerOptions?: {
    readonly kis?: Partial<KisOptions>;
    readonly kiwoom?: Partial<KiwoomOptions>;
  };
  readonly credential?: Partial<WorldCredential>;
  /** Causes the fault before the message is delivered. */
  readonly cause?: (operation: Operation) => void;
  /** Delivers one or more messages during the fault. @default one tick */
  readonly deliver?: (operation: Operation, id: string) => Promise<void>;
  /** Whether every call waits for a timeout in real time, so that the test runs only one tick. */
  readonly slow?: boolean;
}

const KIWOOM_SUPERSEDES_TOKEN = { kiwoom: { reissue: 'supersede' } } as const;
const KIWOOM_RETURNS_SAME_TOKEN = { kiwoom: { reissue: 'same-token' } } as const;
const DEAD_TOKEN_FOR_TWO_DAYS = { reuseDead: 'always', reuseWindowSeconds: 172_800 } as const;

type FaultOf<Options> = Omit<Fault, 'name' | 'broker' | 'row'> & { readonly options?: Partial<Options> };

const kisFault = (
  name: string,
  row: RowName,
  { options = {}, ...more }: FaultOf<KisOptions> = {},
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
  { options = {}, ...more }: FaultOf<KiwoomOptions> = {},
): Fault => ({
  name: `Kiwoom: ${name}`,
  broker: 'kiwoom',
  row,
  // By default, a new token invalidates the previous one. A fault can override this option to test a broker
  // that returns the same token until its expiry.
  initialBrokerOptions: KIWOOM_SUPERSEDES_TOKEN,
  cause: ({ world }) => world.kiwoom.set(options),
  ...more,
});

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
    kisFault(`outage ${outage}`, expectedRowName('KIS', outage), { options: { outage } }),
    kiwoomFault(`outage ${outage}`, expectedRowName('Kiwoom', outage), { options: { outage } }),
  ],
);

/** Each of these faults runs with only one broker, because its calls wait for a timeout in real time. */
const SLOW_FAULTS = [
  kisFault('replies hang', 'unavailable, not followed', { options: { outage: 'hang' }, slow: true }),
  kiwoomFault('replies are slow', 'unavailable, not followed', { options: { outage: 'slow' }, slow: true }),
];

const REFUSED_ISSUE_CALLS = [
  ...['EGW00002', 'EGW00201', 'EGW99999'].map((code) => kisRefusal(code, 'issue unavailable')),
  ...['EGW00103', 'EGW00105', 'EGW00303'].map((code) => kisRefusal(code, 'rejected')),
  kisRefusal('EGW00133', 'throttled'),
  ...['1999', '9999'].map((code) => kiwoomRefusal(code, 'issue unavailable')),
  ...['8001', '8030', '8031', '8050', '1517'].map((code) => kiwoomRefusal(code, 'rejected')),
];

/** Faults of KIS that consist only of options. */
const KIS_OPTION_FAULTS: readonly (readonly [name: string, row: RowName, options: Partial<KisOptions>])[] = [
  ['no fault', 'fine', {}],
  ['maintenance', 'KIS unavailable', { maintenance: '00:00-23:59' }],
  ['states an expiry in the past', 'malformed', { statedExpiry: 'past' }],
  ['returns the token of a different app key', 'malformed', { jti: 'other' }],
  ['the clock of the broker is an hour ahead', 'expired an hour early', { clockAhead: HOUR }],
  ['the clock of the broker is an hour behind', 'fine, verified', { clockAhead: -HOUR }],
  ['returns the same token until its revocation', 'the same until revoked', { reuseWindowSeconds: 172_800 }],
  ['returns the same token for two days', 'the same for two days', DEAD_TOKEN_FOR_TWO_DAYS],
  [
    'returns the same token for two days, with its remaining lifetime',
    'the same for two days',
    { ...DEAD_TOKEN_FOR_TWO_DAYS, expiresInOnReuse: 'left' },
  ],
  [
    'minimum interval of two minutes, which a rejected call restarts',
    'fine',
    { refusalRestartsInterval: true, minimumIntervalSeconds: 120 },
  ],
  ['a new token invalidates the old one', 'fine', { newTokenKillsOld: true }],
  ['tokens with a lifetime of three months', 'fine', { tokenLifeSeconds: 7_776_000 }],
  ['tokens with a lifetime of two hours', 'fine', { tokenLifeSeconds: 7200 }],
];

const KIS_FAULTS = [
  ...KIS_OPTION_FAULTS.map(([name, row, options]) => kisFault(name, row, { options })),
  kisFault('minimum interval of five minutes, which is configured', 'fine', {
    options: { minimumIntervalSeconds: 300 },
    credential: { minimumIntervalSeconds: 300 },
  }),
  kisFault(
    'invalidated a reported token, and returns it until its revocation',
    'reported, dead, and returned until revoked',
    { cause: invalidateKisToken('killed'), deliver: report },
  ),
  kisFault(
    'invalidated a reported token, and returns it after its revocation',
    'reported, dead, and returned',
    { cause: invalidateKisToken('always'), deliver: report },
  ),
  kisFault('returns no verdict on a reported token', 'reported, unclear', {
    options: { refuseData: 'EGW00201' },
    deliver: report,
  }),
];

const KIWOOM_FAULTS = [
  kiwoomFault('no fault, a new token invalidates the old one', 'fine'),
  kiwoomFault('no fault, the same token until its expiry', 'same token until expiry', {
    initialBrokerOptions: KIWOOM_RETURNS_SAME_TOKEN,
  }),
  kiwoomFault('the same token until its expiry, revoked early', 'revoked early', {
    initialBrokerOptions: KIWOOM_RETURNS_SAME_TOKEN,
    credential: { renewEarly: 'revoke' },
  }),
  kiwoomFault('maintenance', 'Kiwoom unavailable', { options: { maintenance: '00:00-23:59' } }),
  kiwoomFault('rejects an IP address with the newer text', 'rejected', {
    options: { refuseIssue: '8050', text8050: 'address' },
  }),
  kiwoomFault('throttles with HTTP 429', 'throttled', { cause: throttleRefresher(429) }),
  kiwoomFault('throttles with HTTP 200', 'throttled', { cause: throttleRefresher(200) }),
  kiwoomFault('tokens with a lifetime of 4 h 22 min', 'fine', { options: { tokenLifeSeconds: 15_720 } }),
  kiwoomFault('different order of fields, case and date format', 'fine', {
    options: { keyOrder: 'reversed', tokenType: 'Bearer', expiryFormat: 'text' },
  }),
  kiwoomFault('the clock of the broker is an hour ahead', 'expired an hour early', {
    options: { clockAhead: HOUR },
  }),
  kiwoomFault('the clock of the broker is an hour behind', 'fine', { options: { clockAhead: -HOUR } }),
  ...['8005', '8010', '8103'].map((code) =>
    kiwoomFault(`rejects a reported token with ${code}`, 'every token rejected', {
      options: { refuseData: code },
      deliver: report,
    }),
  ),
  kiwoomFault('invalidated a reported token', 'reported and dead', {
    cause: ({ world }) => world.kiwoom.kill(world.published(ID.kiwoom).token ?? ''),
    deliver: report,
  }),
  kiwoomFault('returns no verdict on a reported token', 'reported, unclear', {
    options: { refuseData: '1700' },
    deliver: report,
  }),
];

function kisRefusal(code: string, row: RowName): Fault {
  return kisFault(`rejects issue calls with ${code}`, row, { options: { refuseIssue: code } });
}

function kiwoomRefusal(code: string, row: RowName): Fault {
  return kiwoomFault(`rejects issue calls with ${code}`, row, { options: { refuseIssue: code } });
}

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
  ...REFUSED_ISSUE_CALLS,
  ...KIS_FAULTS,
  ...KIWOOM_FAULTS,
];
