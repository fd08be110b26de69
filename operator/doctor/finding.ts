import { AwsProblem } from '../complaints.ts';

/** `ok` as it should be · `watch` may become trouble · `wrong` needs a person · `unseen` could not be looked at. */
export type Health = 'ok' | 'watch' | 'wrong' | 'unseen';

/** One thing that was looked at, and what to do about it. */
export interface Finding {
  readonly health: Health;
  readonly text: string;
  readonly fix?: string | undefined;
}

export const ok = (text: string): Finding => ({ health: 'ok', text });
export const watch = (text: string, fix?: string): Finding => ({ health: 'watch', text, fix });
export const wrong = (text: string, fix: string): Finding => ({ health: 'wrong', text, fix });

/** What may not be looked at is no illness: it is said which permission it takes. */
export async function looked(work: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AwsProblem)) throw error;
    return [unseen(error)];
  }
}

export function unseen(error: AwsProblem): Finding {
  const fix = error.kind === 'denied' ? `To see it: ${error.action}.` : error.fix;
  return { health: 'unseen', text: error.message, fix };
}

/** `not-found` is an answer; anything else is not. */
export function isNotFound(error: unknown): boolean {
  return error instanceof AwsProblem && error.kind === 'not-found';
}
