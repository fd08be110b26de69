import { AwsCallError } from '../cli-error.ts';

/** `ok` · `watch` may become a problem · `wrong` action required · `unseen` could not be checked. */
export type FindingStatus = 'ok' | 'watch' | 'wrong' | 'unseen';

/** The result of one check, and what to do about it. */
export interface Finding {
  readonly health: FindingStatus;
  readonly text: string;
  readonly fix?: string | undefined;
}

export const ok = (text: string): Finding => ({ health: 'ok', text });
export const watch = (text: string, fix?: string): Finding => ({ health: 'watch', text, fix });
export const wrong = (text: string, fix: string): Finding => ({ health: 'wrong', text, fix });

/** A check without permission is no problem of the deployment: the finding names the permission. */
export async function check(work: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error;
    return [notChecked(error)];
  }
}

export function notChecked(error: AwsCallError): Finding {
  const fix = error.kind === 'denied' ? `To see it: ${error.action}.` : error.fix;
  return { health: 'unseen', text: error.message, fix };
}

/** `not-found` is an answer; anything else is not. */
export function isNotFound(error: unknown): boolean {
  return error instanceof AwsCallError && error.kind === 'not-found';
}
