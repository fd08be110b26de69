import type { SITUATIONS } from './fault.ts';

/** The expected cells of a row, one for each entry of `SITUATIONS`, in the same order. */
export type ExpectedRow = readonly [string, string, string, string, string] & {
  readonly length: (typeof SITUATIONS)['length'];
};

/** The expected cell for a fresh token: the refresher makes no call and keeps the token. */
export const FRESH_TOKEN_CELL = ' | kept | - | ';
/** The step in which the refresher verifies a live token before an issue call. */
const VERIFY_STEP = 'verify BeforeCall alive, ';

/** Returns the expected row of a fault in which every issue call fails with `outcome`. */
export function failingRow(
  outcome: string,
  then: {
    readonly next: number | '-';
    readonly actionRequired?: boolean;
    readonly after?: string;
    /** The expected verification of a token that the call may have invalidated. */
    readonly verified?: string;
  },
): ExpectedRow {
  const { next, actionRequired = false, after = 'wait TooSoon', verified = '' } = then;
  const alarms = actionRequired ? 'P' : '';
  const formatCell = (steps: string, token: string, expiring: boolean) =>
    `${steps}, ${after} | ${token} | ${next} | ${expiring ? 'E' : ''}F${alarms}`;
  return [
    formatCell(`issue Missing ${outcome}`, 'none', true),
    FRESH_TOKEN_CELL,
    formatCell(`${VERIFY_STEP}issue NearExpiry ${outcome}${verified}`, 'kept', false),
    formatCell(`issue NearExpiry ${outcome}${verified}`, 'kept', true),
    formatCell(`issue Expired ${outcome}`, 'kept', true),
  ];
}

/** The steps in which the refresher issues a new token and the broker rejects this token. */
export const REJECTED_NEW_TOKEN = 'issue TokenDead published, verify Suspect dead';
export const repeatThreeTimes = (step: string) =>
  [step, 'wait TooSoon', step, 'wait TooSoon', step, 'wait TooSoon'].join(', ');
