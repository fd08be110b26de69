/** The error text for a call that exists at the broker but is not simulated. */
export function notSimulated(call: string, available: string): string {
  return `the simulated broker lacks ${call}; its only data call is ${available}`;
}
