import type { QuixWarning } from 'quix-streams-auth';
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
  readonly warnings?: readonly QuixWarning[];
  /** A warning that does not come from the library. */
  readonly remark?: Explanation | undefined;
  /** Whether the step does not apply. The steps that depend on it still run. */
  readonly isSkipped?: boolean;
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

/** Rejection of a failed step. The steps that depend on it are skipped with this message. */
class DependencyError extends Error {}

/** Runs the steps of the doctor one after the other, and keeps their results. */
export class Checkup {
  readonly results: StepResult[] = [];
  /** Limit for a single network operation. */
  readonly timeoutMs: number;
  readonly #report: (result: StepResult) => void;
  /** Warnings of the library that are already reported, because each is reported once. */
  readonly #warned = new Set<string>();
  #lastStep: Promise<unknown> = Promise.resolve();

  constructor(timeoutMs: number, report: (result: StepResult) => void) {
    this.timeoutMs = timeoutMs;
    this.#report = report;
  }

  /**
   * Runs a step after all earlier steps. The step depends on each earlier step that `check` awaits.
   * If one of them failed, the step is skipped. The returned promise rejects if the step fails or
   * is skipped for this reason. The rejection can be ignored.
   */
  run<T extends Finding>(name: StepName, check: () => T | Promise<T>): Promise<T> {
    const finding = this.#lastStep.then(() => this.#run(name, check));
    this.#lastStep = finding.catch(() => undefined);
    return finding;
  }

  async end(): Promise<void> {
    await this.#lastStep;
  }

  async #run<T extends Finding>(name: StepName, check: () => T | Promise<T>): Promise<T> {
    const [group, id, title] = name;
    const started = performance.now();
    const add = (result: Pick<StepResult, 'outcome' | 'detail'> & Partial<StepResult>): void => {
      const ms = Math.round(performance.now() - started);
      const complete = { group, id, title, ...result, warnings: result.warnings ?? [], ms };
      this.results.push(complete);
      this.#report(complete);
    };
    try {
      const finding = await check();
      const warnings = this.#newWarnings(finding);
      const successful = warnings.length > 0 ? 'warning' : 'ok';
      const outcome = finding.isSkipped === true ? 'skipped' : successful;
      add({ outcome, detail: clean(finding.detail), warnings });
      return finding;
    } catch (error) {
      if (error instanceof DependencyError) {
        add({ outcome: 'skipped', detail: error.message });
        throw error;
      }
      const { message, hint, code } = error instanceof StepError ? error : explain(error);
      add({ outcome: 'failed', detail: clean(message), remedy: hint && clean(hint), code });
      throw new DependencyError(`${title} failed`);
    }
  }

  #newWarnings({ warnings = [], remark }: Finding): Explanation[] {
    const added = warnings.filter(({ code, about }) => {
      const key = `${code} ${about}`;
      return this.#warned.has(key) ? false : this.#warned.add(key);
    });
    const explained = [...added.map(explainWarning), ...(remark ? [remark] : [])];
    return explained.map(({ code, message }) => ({ code, message: clean(message) }));
  }
}

const clean = (text: string): string => printable(text).replaceAll('\n', ' ');
