const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** Returns an unsigned JWT with these claims. */
export const jwt = (claims: unknown): string =>
  `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}.${encode('signature')}`;
