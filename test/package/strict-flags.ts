/** With these, a deprecation or an unhandled rejection ends a process of Node with an error. */
export const STRICT_FLAGS = ['--unhandled-rejections=strict', '--throw-deprecation'] as const;
