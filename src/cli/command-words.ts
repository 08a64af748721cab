/** What the library calls it, and what it is called on the command line. The order matters. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/the token argument \((?:not given|blank)\), tokenFile \(not given\), /, ''],
  [
    /, or pass the token as the first argument\./,
    ', or use --token-file, --token-env-var or --token-stdin.',
  ],
  [/\bfrom argument\b/, 'from --token-stdin'],
  [/\bthe option (?=portalApi|workspaceId|brokerAddress|tokenFile|tokenEnvVar|ca\b)/gi, ''],
  [/\bthe (workspaceId|`ca`) option\b/g, '$1'],
  [/\bpass it as `ca`/g, 'pass it with --ca'],
  [/\bportalApi\b/g, '--portal'],
  [/\bworkspaceId\b/g, '--workspace'],
  [/\bbrokerAddress\b/g, '--broker-address'],
  [/\btokenFile\b/g, '--token-file'],
  [/\btokenEnvVar\b/g, '--token-env-var'],
  [/\btimeoutMs\b/g, '--timeout'],
  [/ See QuixClientOptions\./, ''],
];

/** A message of the library in the words of the command line. */
export function inCommandWords(message: string): string {
  return WORDS.reduce((text, [pattern, word]) => text.replace(pattern, word), message);
}
