export { cleanToken } from './clean-token.ts';
export { cleanId, cleanText, containsSecret, looksLikeToken } from './redaction.ts';
export { valueSource, type TokenProvider } from './provider-source.ts';
export { Token, type TokenDescription, type TokenKind } from './token.ts';
export { TokenChain } from './token-chain.ts';
export { TokenSelector } from './token-selector.ts';
export { sourceInWords, type Environment, type TokenSource } from './token-source.ts';
export { tokenWarnings, type TokenWarningOptions } from './token-warnings.ts';
