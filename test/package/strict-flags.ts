/** Flags that make deprecation warnings and unhandled rejections fatal in Node. */
export const STRICT_FLAGS = ['--unhandled-rejections=strict', '--throw-deprecation'] as const;
