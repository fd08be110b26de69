/** For those who use the tokens: `broker-token-refresher/reader`. */
export { createTokenReader, type TokenReaderOptions } from './create-token-reader.ts';
export { type ExtensionOptions, extensionSource } from './extension.ts';
export { type BrokerName, isKisRejection, isKiwoomRejection, isTokenRejection } from './rejection.ts';
export { type Reporter, topicReporter } from './report.ts';
export { type ParameterSource, SourceError } from './source.ts';
export { ssmSource } from './ssm.ts';
export type { TokenFacts } from './token-facts.ts';
export type { GetOptions, Token, TokenReader } from './token-reader.ts';
export { TokenReaderError, type TokenReaderErrorCode } from './token-reader-error.ts';
