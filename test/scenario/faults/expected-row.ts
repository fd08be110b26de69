import type { SITUATIONS } from './fault.ts';

/** The expected cells of a row, one for each situation, in their order. */
export type ExpectedRow = readonly [string, string, string, string, string] & {
  readonly length: (typeof SITUATIONS)['length'];
};

export const FRESH = ' | kept | - | ';
/** A live token with margin left is verified before an issue call. */
const VERIFIED = 'verify BeforeCall alive, ';

/** The cells of an issue call without a usable reply, in all situations except `fresh`. */
export function failing(
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
  const cell = (steps: string, token: string, expiring: boolean) =>
    `${steps}, ${after} | ${token} | ${next} | ${expiring ? 'E' : ''}F${alarms}`;
  return [
    cell(`issue Missing ${outcome}`, 'none', true),
    FRESH,
    cell(`${VERIFIED}issue NearExpiry ${outcome}${verified}`, 'kept', false),
    cell(`issue NearExpiry ${outcome}${verified}`, 'kept', true),
    cell(`issue Expired ${outcome}`, 'kept', true),
  ];
}

export const REJECTED = 'issue TokenDead published, verify Suspect dead';
export const thrice = (step: string) =>
  [step, 'wait TooSoon', step, 'wait TooSoon', step, 'wait TooSoon'].join(', ');
