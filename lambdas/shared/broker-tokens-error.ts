/** The base class of the errors of this project. The field `code` is stable, but messages may change. */
export abstract class BrokerTokensError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
