/** Returns the error message for a call that the broker serves but the simulator does not support. */
export function notSimulated(call: string, available: string): string {
  return `the simulated broker lacks ${call}; its only data call is ${available}`;
}
