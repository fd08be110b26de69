import type { WorldCredential, WorldOptions } from '../../simulator/world.ts';

/** One broker with one way of treating a second issue call, and a credential with it. */
export interface Setup {
  readonly name: string;
  readonly credential: WorldCredential;
  readonly options: Pick<WorldOptions, 'kis' | 'kiwoom'>;
  /** Least time between two issue calls, milliseconds. */
  readonly minimumInterval: number;
  /** How long the broker keeps handing back the last token, as it promises; milliseconds. */
  readonly window: number;
  /** An issue call while the token lives brings the same one, so that nothing can be renewed early. */
  readonly keepsToItsEnd: boolean;
}

const HOUR = 3_600_000;
const kis = { id: 'kis-main', broker: 'kis' } as const;
const kiwoom = { id: 'kiwoom-main', broker: 'kiwoom' } as const;

const KIS = { minimumInterval: 61_000, window: 6 * HOUR, keepsToItsEnd: false };
const KIWOOM = { minimumInterval: 10_000, window: 0, keepsToItsEnd: false };

export const SETUPS: readonly Setup[] = [
  { name: 'KIS that hands back what it killed', credential: kis, options: {}, ...KIS },
  {
    name: 'KIS that hands back no dead token, three issues a day',
    credential: { ...kis, maxIssuesPerDay: 3 },
    options: { kis: { reuseDead: 'never' } },
    ...KIS,
  },
  {
    name: 'KIS that hands back revoked tokens too',
    credential: kis,
    options: { kis: { reuseDead: 'always', expiresInOnReuse: 'left' } },
    ...KIS,
  },
  {
    name: 'KIS whose new token kills the old one, three issues a day',
    credential: { ...kis, maxIssuesPerDay: 3 },
    options: { kis: { newTokenKillsOld: true, reuseDead: 'never' } },
    ...KIS,
  },
  {
    name: 'KIS with five minutes between calls, refused ones included',
    credential: { ...kis, minimumIntervalSeconds: 301 },
    options: { kis: { minimumIntervalSeconds: 300, refusalRestartsInterval: true, reuseDead: 'never' } },
    ...KIS,
    minimumInterval: 301_000,
  },
  {
    name: 'Kiwoom that keeps one token to its end',
    credential: kiwoom,
    options: { kiwoom: { reissue: 'same-token' } },
    ...KIWOOM,
    keepsToItsEnd: true,
  },
  {
    name: 'Kiwoom that keeps one short token to its end, three issues a day',
    credential: { ...kiwoom, maxIssuesPerDay: 3 },
    options: { kiwoom: { reissue: 'same-token', tokenLifeSeconds: 15_720, throttleStatus: 200 } },
    ...KIWOOM,
    keepsToItsEnd: true,
  },
  {
    name: 'Kiwoom that supersedes',
    credential: kiwoom,
    options: { kiwoom: { reissue: 'supersede', expiryFormat: 'text' } },
    ...KIWOOM,
  },
  {
    name: 'Kiwoom that supersedes, three issues a day',
    credential: { ...kiwoom, maxIssuesPerDay: 3 },
    options: { kiwoom: { reissue: 'supersede', tokenType: 'Bearer', keyOrder: 'reversed' } },
    ...KIWOOM,
  },
  {
    name: 'Kiwoom, renewed early by revoking',
    credential: { ...kiwoom, renewEarly: 'revoke' },
    options: { kiwoom: { reissue: 'same-token', deadRevoke: '8015' } },
    ...KIWOOM,
  },
];
