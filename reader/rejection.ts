import { DEAD_TOKEN_CODES, kisErrorCode, kiwoomErrorCode } from '../lambdas/brokers/codes.ts';
import { parseObject } from './read-state.ts';

/** The id of a broker. docs/brokers.md lists the replies with which each broker rejects a token. */
export type BrokerName = 'kis' | 'kiwoom';

/** The maximum size of a response body that is checked for a rejection, in bytes. */
const MAX_LENGTH = 4096;

/**
 * Returns whether the broker rejected the token. A rejection contains the error code of a dead token, or has
 * the status 401 without an error code (Kiwoom). The function reads at most 4 KB of a copy of the response.
 */
export async function isTokenRejection(response: Response, broker?: BrokerName): Promise<boolean> {
  const { status, headers } = response;
  const isRejectedByStatus = status === 401 && broker !== 'kis';
  const contentType = headers.get('content-type') ?? '';
  // KIS never rejects a token with an HTTP status 2xx.
  const mayBeRejection = /json/i.test(contentType) && (status >= 400 || broker !== 'kis');
  if (!mayBeRejection) return isRejectedByStatus && !/html/i.test(contentType);
  if (Number(headers.get('content-length') ?? 0) > MAX_LENGTH) return false;
  const reply = parseObject(await readShortBody(response.clone()));
  const isRejectedByKis = broker !== 'kiwoom' && isDeadTokenCode('kis', kisErrorCode(reply));
  const kiwoomCode = kiwoomErrorCode(reply);
  const isRejectedByKiwoom = broker !== 'kis' && isDeadTokenCode('kiwoom', kiwoomCode);
  return isRejectedByKis || isRejectedByKiwoom || (isRejectedByStatus && kiwoomCode === undefined);
}

/** Returns whether a KIS reply contains the error code of a token that is invalid, not found or expired. */
export function isKisRejection(text: string): boolean {
  return isDeadTokenCode('kis', kisErrorCode(parseObject(text)));
}

/**
 * Returns whether a Kiwoom reply or WebSocket message contains the error code of a dead token. With the error
 * code 8010 the token is live, but this machine uses a different IP address than the refresher.
 */
export function isKiwoomRejection(text: string): boolean {
  return isDeadTokenCode('kiwoom', kiwoomErrorCode(parseObject(text)));
}

function isDeadTokenCode(broker: BrokerName, code: string | undefined): boolean {
  const deadTokenCodes: readonly (string | undefined)[] = DEAD_TOKEN_CODES[broker];
  return deadTokenCodes.includes(code);
}

/** Returns a body of up to `MAX_LENGTH` bytes, or an empty text if the body is longer or not readable. */
async function readShortBody(copy: Response): Promise<string> {
  const decoder = new TextDecoder();
  const reader = copy.body?.getReader();
  let text = '';
  try {
    for (let size = 0; size <= MAX_LENGTH; ) {
      const chunk = await reader?.read();
      if (chunk === undefined || chunk.done) return text + decoder.decode();
      size += chunk.value.length;
      text += decoder.decode(chunk.value, { stream: true });
    }
    // The function does not await `cancel`, because its promise resolves only after the original body ends.
    reader?.cancel().catch(() => {});
  } catch {
    // The error is ignored, because the caller gets the same error from the response itself.
  }
  return '';
}
