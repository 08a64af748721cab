/** Whether the Kafka logins of an instance work, as far as it is known. */
export interface InstanceLogins {
  readonly accepted: number;
  readonly refused: number;
  /** Whether the last login was refused. */
  readonly areRefused: boolean;
  /** Reason of the last refused login. */
  readonly reason?: string | undefined;
}

/** One running process that uses a token, as it describes itself. */
export interface Instance {
  readonly name: string;
  /** Where the instance was found: its health URL, or Prometheus. */
  readonly foundIn: string;
  /** Why nothing is known about the token of the instance. */
  readonly problem?: string | undefined;
  /** Fingerprint of the token in use. */
  readonly fingerprint?: string | undefined;
  /** Source of the token in use, for example the name of a variable. */
  readonly source?: string | undefined;
  /** Fingerprint of the option `fallbackToken`. */
  readonly fallbackFingerprint?: string | undefined;
  /** Since when the token is in use. */
  readonly since?: Date | undefined;
  /** Id or name of the environment. */
  readonly workspace?: string | undefined;
  readonly logins?: InstanceLogins | undefined;
  /** Whether the Portal has rejected a token of the instance, and has accepted none since. */
  readonly hasRejectedToken?: boolean;
}
