import { formatKst } from './kst.ts';

/** A parsed line of the refresher's JSON log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** Formats a logged decision as a line of text, with times in KST. */
export function formatDecision(line: LogLine): string {
  const text = (name: string) => (line[name] === undefined ? '' : String(line[name]));
  const result = text('outcome') || text('verdict');
  const outcome = result && ` → ${result}`;
  const next = text('next') && `  next ${formatKst(Date.parse(text('next')))} KST`;
  const code = text('brokerCode') && ` [${text('brokerCode')}]`;
  return `${formatKst(Date.parse(text('timestamp')))} KST  ${text('credential').padEnd(12)}  ${text('action')} ${text('reason')}${outcome}${code}  generation ${text('generation')}${next}`;
}
