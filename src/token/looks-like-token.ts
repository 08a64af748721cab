const TOKEN_SHAPE = /^\s*(?:(?:sdk|pat)-[\w-]{6,}|eyJ[\w-]+\.)/;

/** Whether a text given for something else is a token by mistake: then no message may repeat it. */
export const looksLikeToken = (value: unknown): boolean =>
  typeof value === 'string' && TOKEN_SHAPE.test(value);
