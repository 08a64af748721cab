import type { QuixWarning } from 'quix-streams-auth';
import { explain, explainWarning } from '../errors.ts';
import { printable } from '../output.ts';

export type Group = 'Settings' | 'Portal' | 'Kafka';

/** Outcome of a step. A `skipped` step depends on a failed one, or does not apply. */
export type Outcome = 'ok' | 'warning' | 'failed' | 'skipped';

/** Result of a step, as it is printed. Contains no secret. */
export interface StepResult {
  readonly group: Group;
  /** Id for programs. The id of a broker's step ends with `host:port`. */
  readonly id: string;
  readonly title: string;
  readonly outcome: Outcome;
  /** What was found, or what is wrong. */
  readonly detail: string;
  readonly remedy?: string;
  readonly code?: string;
  readonly warnings: readonly Remark[];
  readonly ms: number;
}

export type StepName = Pick<StepResult, 'group' | 'id' | 'title'>;

interface Remark {
  readonly code: string;
  readonly message: string;
}

/** What a successful step found. */
export interface Finding {
  readonly detail: string;
  readonly warnings?: readonly QuixWarning[];
  /** A warning that does not come from the library. */
  readonly remark?: Remark | undefined;
}

/** A failure that is not an error of the library. */
export class StepFault extends Error {
  readonly hint: string;
  readonly code: string | undefined;

  constructor(message: string, hint: string, code?: string) {
    super(message);
    this.hint = hint;
    this.code = code;
  }
}

function describeFailure(error: unknown): Pick<StepResult, 'detail' | 'remedy' | 'code'> {
  const { message, hint, code } = error instanceof StepFault ? error : explain(error);
  return {
    detail: clean(message),
    ...(hint !== undefined && { remedy: clean(hint) }),
    ...(code !== undefined && { code }),
  };
}

/** Runs the steps of the doctor, and keeps their results. */
export class Checkup {
  readonly results: StepResult[] = [];
  readonly #report: (result: StepResult) => void;
  /** Ids of failed and blocked steps, with the title of the step that failed. */
  readonly #blockers = new Map<string, string>();
  /** Each warning belongs to the first step that met it. */
  readonly #warned = new Set<string>();

  /** @param report - Called with each result. */
  constructor(report: (result: StepResult) => void) {
    this.#report = report;
  }

  /**
   * Runs a step unless one of the steps that it needs failed. Resolves to `undefined` if the step
   * fails or is skipped.
   */
  async run<T extends Finding>(
    step: StepName,
    needs: readonly StepName[],
    check: () => T | Promise<T>,
  ): Promise<T | undefined> {
    if (this.isBlocked(needs)) {
      this.block(needs, [step]);
      return undefined;
    }
    const started = performance.now();
    const elapsed = (): number => Math.round(performance.now() - started);
    try {
      const finding = await check();
      const warnings = this.#remarks(finding);
      const outcome = warnings.length > 0 ? 'warning' : 'ok';
      const detail = clean(finding.detail);
      this.#add({ ...step, outcome, detail, warnings, ms: elapsed() });
      return finding;
    } catch (error) {
      this.#blockers.set(step.id, step.title);
      const failure = describeFailure(error);
      this.#add({ ...step, outcome: 'failed', ...failure, warnings: [], ms: elapsed() });
      return undefined;
    }
  }

  /** Whether one of the steps failed, or was skipped because of a failure. */
  isBlocked(needs: readonly StepName[]): boolean {
    return needs.some(({ id }) => this.#blockers.has(id));
  }

  /** Skips steps because one of the steps that they need failed. */
  block(needs: readonly StepName[], steps: readonly StepName[]): void {
    const titles = needs.flatMap(({ id }) => this.#blockers.get(id) ?? []);
    const title = titles[0] ?? 'an earlier step';
    for (const step of steps) {
      this.#blockers.set(step.id, title);
      this.skip(step, `${title} failed`);
    }
  }

  /** Skips a step that does not apply. Steps that need it still run. */
  skip(step: StepName, reason: string): void {
    this.#add({ ...step, outcome: 'skipped', detail: clean(reason), warnings: [], ms: 0 });
  }

  #remarks({ warnings = [], remark }: Finding): Remark[] {
    const fresh = warnings.filter(({ code, about }) => {
      const key = `${code} ${about}`;
      return this.#warned.has(key) ? false : this.#warned.add(key);
    });
    return [...fresh.map(explainWarning), ...(remark ? [remark] : [])].map(({ code, message }) => ({
      code,
      message: clean(message),
    }));
  }

  #add(result: StepResult): void {
    this.results.push(result);
    this.#report(result);
  }
}

const clean = (text: string): string => printable(text).replaceAll('\n', ' ');
