export { Token, type TokenDescription, type TokenKind } from './token.ts';
export { TokenChain } from './token-chain.ts';
export { TokenSelector } from './token-selector.ts';
export {
  givenSource,
  type Environment,
  type TokenProvider,
  type TokenSource,
} from './token-source.ts';
export type { TokenWarningOptions } from './token-warnings.ts';
