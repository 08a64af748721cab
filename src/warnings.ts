/** Every `code` of a {@link QuixWarning}. */
export type QuixWarningCode =
  /** A source is blank. The next source is used. */
  | 'TOKEN_BLANK'
  /** The chosen variable is not set. `Quix__Sdk__Token` is used. */
  | 'TOKEN_VARIABLE_UNSET'
  /** A byte order mark, quotes or a pasted `Bearer ` were removed from the token. */
  | 'TOKEN_CLEANED'
  /** The token has expired according to its own claims. It is sent anyway. */
  | 'TOKEN_EXPIRED'
  /** The token expires soon. Default: within two days. */
  | 'TOKEN_EXPIRES_SOON'
  /** The token is not valid yet according to its own claims. It is sent anyway. */
  | 'TOKEN_NOT_YET_VALID'
  /** The token was rejected, and the fallbackToken could not be read. */
  | 'TOKEN_FALLBACK_FAILED'
  /** The token file could not be read. The last token that was read from it is used. */
  | 'TOKEN_FILE_UNREADABLE'
  /** The workspace's status is not `Ready`. */
  | 'WORKSPACE_NOT_READY'
  /**
   * `Quix__Workspace__Id` names a workspace that the token cannot see. Its only workspace is used.
   */
  | 'WORKSPACE_VARIABLE_IGNORED'
  /** The connection to the broker is not encrypted. */
  | 'BROKER_NOT_ENCRYPTED'
  /** A connected Kafka client cannot apply new broker settings and must be created again. */
  | 'KAFKA_CLIENT_OUTDATED'
  /** Kafka refuses the logins of a connected Kafka client permanently. It was disconnected. */
  | 'KAFKA_LOGIN_REFUSED'
  /** The certificate authority of the brokers changed. */
  | 'CA_CHANGED';

/** A condition that needs attention but did not stop anything. Contains no secret: safe to log. */
export interface QuixWarning {
  /** Identifies the warning: see {@link QuixWarningCode}. */
  readonly code: QuixWarningCode;
  /** Name of the token source, workspace, file or package that the warning is about. */
  readonly about: string;
  /** One to three sentences for people. The last one says what to do. */
  readonly message: string;
}

/** Receives warnings. */
export type Warn = (warning: QuixWarning) => void;
