const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Ends a run on Ctrl-C (SIGINT), on SIGTERM, on SIGHUP, and when the time limit of the run is reached. The
 * first signal aborts the steps, and the run then deletes everything. The second signal ends the process at
 * once.
 * @param limit milliseconds; undefined for no limit
 */
export function interruption(process: NodeJS.Process, limit: number | undefined) {
  const controller = new AbortController();
  let received: string | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    if (received !== undefined) process.exit(130);
    received = signal;
    process.stderr.write(
      `\nInterrupted. Everything is deleted now, which takes some minutes; press Ctrl-C again to leave it as it is.\n`,
    );
    controller.abort(new Error(`interrupted by ${signal}`));
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const abortAtTimeLimit = (minutes: number) =>
    controller.abort(new Error(`the time of ${Math.round(minutes)} minutes is over`));
  const timer = limit === undefined ? undefined : setTimeout(() => abortAtTimeLimit(limit / 60_000), limit);
  return {
    signal: controller.signal,
    /** Whether SIGINT, SIGTERM or SIGHUP ended the run. */
    endedBySignal: () => received !== undefined,
    dispose: () => {
      clearTimeout(timer);
      for (const signal of SIGNALS) process.removeListener(signal, stop);
    },
  };
}
