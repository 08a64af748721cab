/** Every `code` of a {@link QuixWarning}. */
export type QuixWarningCode =
  /** A token source is blank. It is ignored. */
  | 'TOKEN_BLANK'
  /** The variable in `tokenEnvVar` has no token. `Quix__Sdk__Token` is used. */
  | 'TOKEN_VARIABLE_UNSET'
  /** A byte order mark, quotes or a pasted `Bearer ` were removed from the token. */
  | 'TOKEN_CLEANED'
  /** The token has expired according to its own claims. It is sent anyway. */
  | 'TOKEN_EXPIRED'
  /** The token expires within the time in the option `tokenWarnings`, by default two days. */
  | 'TOKEN_EXPIRES_SOON'
  /** The token is not valid yet according to its own claims. It is sent anyway. */
  | 'TOKEN_NOT_YET_VALID'
  /** The client needed the `fallbackToken` but could not read it. */
  | 'TOKEN_FALLBACK_FAILED'
  /** The token file cannot be read. The client uses the last token that it read from the file. */
  | 'TOKEN_FILE_UNREADABLE'
  /** The workspace's status is not `Ready`. */
  | 'WORKSPACE_NOT_READY'
  /** Entries in a list of the Portal cannot be used. They are skipped, and the rest is used. */
  | 'PORTAL_ENTRY_SKIPPED'
  /** Connections to brokers are not encrypted. Not emitted for `brokerAddress` on this machine. */
  | 'BROKER_NOT_ENCRYPTED'
  /** A setting of the Portal is ignored. It is not usable, or the Kafka client cannot apply it. */
  | 'BROKER_SETTING_IGNORED'
  /** A token was passed, so `Quix__Broker__Address` is ignored. The Portal is used. */
  | 'BROKER_VARIABLE_IGNORED'
  /** A connected Kafka client cannot apply new broker settings. It is replaced, or has to be connected or created again. */
  | 'KAFKA_CLIENT_OUTDATED'
  /** Kafka keeps refusing the logins of a Kafka client. If it was connected, it was disconnected. */
  | 'KAFKA_LOGIN_REFUSED'
  /** The certificate authority of the brokers changed. */
  | 'CA_CHANGED';

/** A condition that needs attention. It does not make a call fail. Contains no secrets. */
export interface QuixWarning {
  /** Identifies the kind of warning. The values are listed in {@link QuixWarningCode}. */
  readonly code: QuixWarningCode;
  /** Name of the affected token source, variable, workspace, setting, list, file or package. */
  readonly about: string;
  /** Description of the condition, for people. The text may change between versions. */
  readonly message: string;
}

export type Warn = (warning: QuixWarning) => void;
