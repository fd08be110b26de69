/** The API for programs that use the tokens. The programs import `broker-token-refresher/reader`. */
export { createTokenReader, type TokenReaderOptions } from './create-token-reader.ts';
export * from './errors.ts';
export { type ExtensionOptions, extensionSource } from './extension.ts';
export type { TokenRecord } from './read-state.ts';
export { type BrokerName, isKisRejection, isKiwoomRejection, isTokenRejection } from './rejection.ts';
export { type Reporter, type SnsClientLike, topicReporter } from './report.ts';
export type { ParameterSource } from './source.ts';
export { type SsmClientLike, ssmSource } from './ssm.ts';
export type { GetOptions, Token, TokenFacts, TokenReader } from './token-reader.ts';
