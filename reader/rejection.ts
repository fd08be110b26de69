/** Brokers' answers that say: this token is dead. Sources and grades: docs/brokers.md. */
export type BrokerName = 'kis' | 'kiwoom';

/** An answer about a token is short; more is not read. Bytes. */
const LONGEST = 4096;

/**
 * Whether the broker says that the token is dead. The response stays as it is, its body unread: at most 4 KB of a copy are
 * looked at, and only of answers that could say so.
 */
export async function isTokenRejection(response: Response, broker?: BrokerName): Promise<boolean> {
  const could = [...(broker === 'kiwoom' ? [] : [500]), ...(broker === 'kis' ? [] : [200])];
  if (!could.includes(response.status) || !/json/i.test(response.headers.get('content-type') ?? ''))
    return false;
  if (Number(response.headers.get('content-length') ?? 0) > LONGEST) return false;
  const text = await beginning(response.clone());
  return response.status === 500 ? isKisRejection(text) : isKiwoomRejection(text);
}

/** HTTP 500, `{"rt_cd":"1","msg_cd":"EGW00121",…}`: invalid, not found, expired. */
export function isKisRejection(text: string): boolean {
  return ['EGW00121', 'EGW00122', 'EGW00123'].includes(String(fieldsOf(text)?.['msg_cd']));
}

/**
 * HTTP 200, `return_code` ≠ 0 and the code in brackets: `인증에 실패했습니다[8005:…]`. Not 8010: the token lives, and this
 * machine leaves by another address than the refresher.
 */
export function isKiwoomRejection(text: string): boolean {
  const fields = fieldsOf(text);
  if (fields === undefined || [0, '0', undefined].includes(fields['return_code'] as number)) return false;
  return /\[(8003|8005|8103):/.test(String(fields['return_msg']));
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null
      ? (json as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

async function beginning(copy: Response): Promise<string> {
  const decoder = new TextDecoder();
  const reader = copy.body?.getReader();
  let text = '';
  try {
    for (let size = 0; size <= LONGEST; ) {
      const chunk = await reader?.read();
      if (chunk === undefined || chunk.done) return text + decoder.decode();
      size += chunk.value.length;
      text += decoder.decode(chunk.value, { stream: true });
    }
    // Not awaited: the copy's end comes only with the original's.
    reader?.cancel().catch(() => {});
  } catch {
    // The caller will meet it in the response itself.
  }
  return '';
}
