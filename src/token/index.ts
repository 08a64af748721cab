export { containsToken } from './contains-token.ts';
export { redactTokens, Redactor } from './redaction.ts';
export { ReentryGuard, reentryError } from './reentry-guard.ts';
export { Token, type TokenDescription, type TokenKind } from './token.ts';
export { TokenChain } from './token-chain.ts';
export { TokenSelector, tokenWarnings, type TokenWarningOptions } from './token-selector.ts';
export { fileVariable, sourceInWords, valueSource } from './token-source.ts';
export type { Environment, TokenProvider, TokenSource } from './token-source.ts';
