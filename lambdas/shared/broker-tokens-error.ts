/** The base class of the errors of this project. `code` is stable; messages may change. */
export abstract class BrokerTokensError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
