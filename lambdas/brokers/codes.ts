/**
 * The error codes of the brokers, and the rules that find a code in a reply. This file has no imports,
 * because the reader library contains it, too. For the sources and their reliability, see docs/brokers.md.
 */

export type CodeClass =
  | 'throttled'
  | 'unavailable'
  | 'rejected'
  | 'deadToken'
  /** The request came from a different IP address than the issue call that returned the token. */
  | 'otherAddress'
  /** The broker found no live token to revoke. */
  | 'nothingToRevoke';

/** One code, or the first and the last code of a range. Both codes of a range have the same length. */
type CodeRange = string | readonly [first: string, last: string];
export type CodeTable = Readonly<Partial<Record<CodeClass, readonly CodeRange[]>>>;

const KIS_DEAD_TOKEN_CODES = ['EGW00121', 'EGW00122', 'EGW00123'] as const;
const KIWOOM_DEAD_TOKEN_CODES = ['8003', '8005', '8103', '805004'] as const;

/** The reader uses this object instead of the tables below, so that a bundler can remove the tables. */
export const DEAD_TOKEN_CODES = { kis: KIS_DEAD_TOKEN_CODES, kiwoom: KIWOOM_DEAD_TOKEN_CODES } as const;

export const KIS_CODES: CodeTable = {
  throttled: ['EGW00133'],
  unavailable: [
    ['EGW00001', 'EGW00002'],
    ['EGW00201', 'EGW00203'],
    ['EGW00300', 'EGW00302'],
  ],
  rejected: [
    ['EGW00003', 'EGW00004'],
    ['EGW00101', 'EGW00120'],
    ['EGW00131', 'EGW00132'],
    ['EGW00204', 'EGW00210'],
    'EGW00213',
    ['EGW00303', 'EGW00304'],
  ],
  deadToken: KIS_DEAD_TOKEN_CODES,
};

/** The KIS code for a throttled data call. The token endpoint returns the code if KIS is unavailable. */
export const KIS_DATA_RATE_LIMIT = 'EGW00201';

export const KIWOOM_CODES: CodeTable = {
  throttled: [['1700', '1702']],
  unavailable: ['1999', '8006', '8009'],
  rejected: [
    ['1501', '1517'],
    '1634',
    '1687',
    ['8001', '8002'],
    ['8011', '8012'],
    '8020',
    ['8030', '8031'],
    '8040',
    '8050',
    '8104',
    '8200',
  ],
  deadToken: KIWOOM_DEAD_TOKEN_CODES,
  otherAddress: ['8010'],
  nothingToRevoke: ['8015', '8016'],
};

export function classOf(table: CodeTable, code: string | undefined): CodeClass | undefined {
  if (code === undefined) return undefined;
  const classes = Object.entries(table) as [CodeClass, readonly CodeRange[]][];
  return classes.find(([, ranges]) => ranges.some((range) => isWithin(range, code)))?.[0];
}

function isWithin(range: CodeRange, code: string): boolean {
  if (typeof range === 'string') return range === code;
  const [first, last] = range;
  return code.length === first.length && first <= code && code <= last;
}

type Reply = Readonly<Record<string, unknown>>;

/**
 * The token endpoint returns the code in `error_code`. Data calls return the code in `msg_cd`, which contains
 * a success code if `rt_cd` is "0". Some codes do not start with EGW, for example `OPSQ0002`.
 */
export function kisErrorCode(reply: Reply): string | undefined {
  if (reply['rt_cd'] === '0') return undefined;
  return [reply['error_code'], reply['msg_cd']].find(
    (code): code is string => typeof code === 'string' && /^[A-Z]{3,4}\d{4,5}$/.test(code),
  );
}

/**
 * Kiwoom returns a code in three forms: `return_code` (8005 or "8005"), `[8005:…]` in `return_msg`, and
 * `CODE=8005` in `return_msg`. A `return_code` below 1000 identifies a group of error codes instead of one
 * code.
 */
export function kiwoomErrorCode(reply: Reply): string | undefined {
  const returnCode = kiwoomReturnCode(reply);
  if (/^[1-9]\d{3,5}$/.test(returnCode)) return returnCode;
  const message = reply['return_msg'];
  if (isKiwoomSuccess(returnCode) || typeof message !== 'string') return undefined;
  return (/\[(\d{3,6}):/.exec(message) ?? /CODE=(\d{3,6})/.exec(message))?.[1];
}

/** Returns `return_code` as a string, or an empty string if the field is neither a number nor a string. */
export function kiwoomReturnCode({ return_code: value }: Reply): string {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : '';
}

/** Success is 0, "0" or "0000". */
export function isKiwoomSuccess(returnCode: string): boolean {
  return /^0+$/.test(returnCode);
}
