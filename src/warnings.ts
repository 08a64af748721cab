/** Every `code` that a {@link QuixWarning} can carry. */
export type QuixWarningCode =
  /** A source was given but blank; the next source was used. */
  | 'TOKEN_BLANK'
  /** The chosen variable is not set; the default one was used. */
  | 'TOKEN_VARIABLE_UNSET'
  /** A byte order mark, quotes or a pasted `Bearer ` were removed from the token. */
  | 'TOKEN_CLEANED'
  /** The token's own expiry time has passed; it is tried all the same. */
  | 'TOKEN_EXPIRED'
  /** The token expires within two days. */
  | 'TOKEN_EXPIRES_SOON'
  /** The token's own not-before time is still to come; it is tried all the same. */
  | 'TOKEN_NOT_YET_VALID'
  /** The token was rejected, and the fallbackToken could not be read. */
  | 'TOKEN_FALLBACK_FAILED'
  /** The token file could not be read; the token read from it last is used. */
  | 'TOKEN_FILE_UNREADABLE'
  /** The workspace's status is not `Ready`. */
  | 'WORKSPACE_NOT_READY'
  /** `Quix__Workspace__Id` names a workspace that the token does not see; its only one was used. */
  | 'WORKSPACE_VARIABLE_IGNORED'
  /** The broker is reached without TLS although it is not on this machine. */
  | 'BROKER_NOT_ENCRYPTED'
  /** A connected Kafka client cannot take over new broker settings and must be made anew. */
  | 'KAFKA_CLIENT_OUTDATED'
  /** A connected Kafka client was refused for good, and disconnected. */
  | 'KAFKA_LOGIN_REFUSED'
  /** The brokers' certificate authority changed: clients that hold the old one must be made anew. */
  | 'CA_CHANGED';

/** Something that works now and deserves a look. Holds no secret: safe to log. */
export interface QuixWarning {
  /** Which case this is: see {@link QuixWarningCode}. */
  readonly code: QuixWarningCode;
  /** The token source, workspace or file that it is about. */
  readonly about: string;
  /** One or two sentences for people, ending with what to do. */
  readonly message: string;
}

/** Where a room of the code sends its warnings. */
export type Warn = (warning: QuixWarning) => void;
