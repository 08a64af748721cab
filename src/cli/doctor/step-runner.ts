import { QuixError, type QuixWarning } from 'quix-streams-auth';
import { explain, explainWarning, type Explanation } from '../errors.ts';
import { printable } from '../output.ts';

/** Outcome of a step. A `skipped` step depends on a failed one, or does not apply. */
export type Outcome = 'ok' | 'warning' | 'failed' | 'skipped';

/** Result of a step, as it is printed. Contains no secret. */
export interface StepResult {
  readonly group: 'Settings' | 'Portal' | 'Kafka';
  /** Id for programs. The id of a broker's step ends with `host:port`. */
  readonly id: string;
  readonly title: string;
  readonly outcome: Outcome;
  /** What was found, or what is wrong. */
  readonly detail: string;
  readonly remedy?: string | undefined;
  readonly code?: string | undefined;
  readonly warnings: readonly Explanation[];
  readonly ms: number;
}

export type StepName = readonly [group: StepResult['group'], id: string, title: string];

/** Result of a check that did not fail. */
export interface Finding {
  readonly detail: string;
  /** Warnings of the client. */
  readonly warnings?: readonly QuixWarning[];
  /** Warning of the doctor itself. */
  readonly doctorWarning?: Explanation | undefined;
  /** `false` if the check does not apply. Skips the step, but not the steps that depend on it. */
  readonly applies?: boolean;
}

/** A failure that is not an error of the library. */
export class StepError extends Error {
  readonly hint: string;
  readonly code: string | undefined;

  constructor(message: string, hint: string, code?: string) {
    super(message);
    this.hint = hint;
    this.code = code;
  }
}

/** Failure of a step. The steps that depend on it are skipped with this message. */
class DependencyError extends Error {}

/** Waits for a step. Ignores a failure with an error for which `isHarmless` returns `true`. */
export const waitForStep = (step: Promise<unknown>, isHarmless: (error: QuixError) => boolean) =>
  step.catch((failure: unknown) => {
    const cause = failure instanceof DependencyError ? failure.cause : undefined;
    if (!(cause instanceof QuixError && isHarmless(cause))) throw failure;
  });

/** Runs the steps of the doctor, and reports their results in the order of the steps. */
export class StepRunner {
  /** Limit for a single network operation. */
  readonly timeoutMs: number;
  readonly #report: (result: StepResult) => void;
  /** Warnings of the client that were already reported. Each is reported once. */
  readonly #reportedWarnings = new Set<string>();
  /** Settles after all steps so far. */
  #lastStep: Promise<unknown> = Promise.resolve();
  /** Settles after the results of all steps so far have been reported. */
  #lastReport: Promise<unknown> = Promise.resolve();

  constructor(timeoutMs: number, report: (result: StepResult) => void) {
    this.timeoutMs = timeoutMs;
    this.#report = report;
  }

  /**
   * Runs a step after all earlier steps. The step depends on the earlier steps that `check` awaits.
   * If one of these failed, the step is skipped. The returned promise rejects if the step fails, or
   * is skipped for this reason. Callers can ignore this rejection, because the runner handles it.
   */
  run<T extends Finding>(name: StepName, check: () => T | Promise<T>): Promise<T> {
    let result: StepResult | undefined;
    const finding = this.#lastStep.then(() =>
      this.#run(name, check, (found) => {
        result = found;
      }),
    );
    this.#lastStep = finding.catch(() => undefined);
    this.#lastReport = Promise.all([this.#lastReport, this.#lastStep]).then(() => {
      if (result) this.#report(result);
    });
    return finding;
  }

  /**
   * Adds steps for each item. The steps of one item run one after the other. Different items run at
   * the same time. Steps that are added later run after the steps of all items.
   */
  runForEach<T>(items: readonly T[], addSteps: (item: T, index: number) => void): void {
    const start = this.#lastStep;
    const ends = items.map((item, index) => {
      this.#lastStep = start;
      addSteps(item, index);
      return this.#lastStep;
    });
    this.#lastStep = Promise.all(ends);
  }

  async waitForAllSteps(): Promise<void> {
    await this.#lastReport;
  }

  async #run<T extends Finding>(
    [group, id, title]: StepName,
    check: () => T | Promise<T>,
    setResult: (result: StepResult) => void,
  ): Promise<T> {
    const started = performance.now();
    const finish = (result: Pick<StepResult, 'outcome' | 'detail'> & Partial<StepResult>): void => {
      const ms = Math.round(performance.now() - started);
      const names = { group, id: printable(id), title: printable(title) };
      setResult({ ...names, ...result, warnings: result.warnings ?? [], ms });
    };
    try {
      const finding = await check();
      const warnings = this.#newWarnings(finding);
      const ranOutcome = warnings.length > 0 ? 'warning' : 'ok';
      const outcome = finding.applies === false ? 'skipped' : ranOutcome;
      finish({ outcome, detail: printable(finding.detail), warnings });
      return finding;
    } catch (error) {
      if (error instanceof DependencyError) {
        finish({ outcome: 'skipped', detail: printable(error.message) });
        throw error;
      }
      const { code, message, hint } = error instanceof StepError ? error : explain(error);
      const remedy = hint && printable(hint);
      finish({ outcome: 'failed', detail: printable(message), remedy, code });
      throw new DependencyError(`${title} failed`, { cause: error });
    }
  }

  #newWarnings({ warnings = [], doctorWarning }: Finding): Explanation[] {
    const added = warnings.filter(({ code, about }) => {
      const key = `${code} ${about}`;
      const isNew = !this.#reportedWarnings.has(key);
      this.#reportedWarnings.add(key);
      return isNew;
    });
    const own = doctorWarning && { ...doctorWarning, message: printable(doctorWarning.message) };
    return [...added.map(explainWarning), ...(own ? [own] : [])];
  }
}
