/** For those who use the tokens: `broker-token-refresher/reader`. */
export { createTokenReader, type TokenReaderOptions } from './create-token-reader.ts';
export { TokenReaderError, type TokenReaderErrorCode } from './errors.ts';
export { type ExtensionOptions, extensionSource } from './extension.ts';
export type { TokenFacts } from './facts.ts';
export { type BrokerName, isKisRejection, isKiwoomRejection, isTokenRejection } from './rejection.ts';
export { type Reporter, topicReporter } from './report.ts';
export { type ParameterSource, SourceError } from './source.ts';
export { ssmSource } from './ssm.ts';
export type { GetOptions, Token, TokenReader } from './token-reader.ts';
