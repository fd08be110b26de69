/** One answer of AWS: its own time, and ours when it came; epoch milliseconds. */
export interface ClockReading {
  readonly theirs: number;
  readonly ours: number;
  /** From the request to the answer. */
  readonly took: number;
}

interface Watched {
  readonly middlewareStack: {
    // biome-ignore lint/suspicious/noExplicitAny: the types of the stack differ from client to client
    add(middleware: (next: any) => (args: any) => Promise<any>, options: object): void;
  };
}

/** Notes the Date header of every answer, as the clocks of both sides are to be compared. */
export function watchClock(client: Watched, readings: ClockReading[]): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const asked = Date.now();
      const result = await next(args);
      const ours = Date.now();
      const headers: unknown = result.response?.headers;
      const date = typeof headers === 'object' && headers !== null ? Object.entries(headers) : [];
      const theirs = Date.parse(String(date.find(([name]) => name.toLowerCase() === 'date')?.[1] ?? ''));
      if (!Number.isNaN(theirs)) readings.push({ theirs, ours, took: ours - asked });
      return result;
    },
    { step: 'deserialize', name: 'readDateHeader', priority: 'low' },
  );
}

/**
 * How far our clock is ahead of AWS', milliseconds; undefined if no answer told. The header has whole
 * seconds and its answer travelled: of all readings the closest one is taken, less than a second off.
 */
export function clockAhead(readings: readonly ClockReading[]): number | undefined {
  const ahead = readings.map(({ theirs, ours, took }) => ours - took / 2 - (theirs + 500));
  return ahead.sort((a, b) => Math.abs(a) - Math.abs(b))[0];
}
