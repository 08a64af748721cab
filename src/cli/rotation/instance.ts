/** Whether the Kafka logins of an instance work, as far as it is known. */
export interface InstanceLogins {
  readonly accepted: number;
  readonly refused: number;
  /** How many times a Kafka client has ended with a final error. */
  readonly ended: number;
  /** Whether the last login was refused, or the last event is a final error. */
  readonly areRefused: boolean;
  /** Reason of the last refused login or final error. */
  readonly reason?: string | undefined;
}

/** A client that uses a token, as its process describes it. */
export interface Instance {
  readonly name: string;
  /** Where the instance was found: its health URL, or Prometheus. */
  readonly foundIn: string;
  /** Why the token is unknown. Continues a sentence that begins with `foundIn`. */
  readonly problem?: string | undefined;
  /** Instruction that solves `problem`. */
  readonly remedy?: string | undefined;
  /** Fingerprint of the token in use. Absent if there is a `problem`. */
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

/** Problem of an instance that has not read its token function or token file yet. */
export const TOKEN_NOT_READ = {
  problem: 'reports no fingerprint, because the token was not read yet',
  remedy: 'Wait until the instance connects to Kafka, or call getBrokerCredentials() in it.',
};
