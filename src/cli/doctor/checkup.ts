import type { QuixWarning } from 'quix-streams-auth';
import { defined } from '../defined.ts';
import { explain, explainWarning, type Explanation } from '../errors.ts';
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
  readonly warnings: readonly Explanation[];
  readonly ms: number;
}

export type StepName = Pick<StepResult, 'group' | 'id' | 'title'>;

/** What a successful step found. */
export interface Finding {
  readonly detail: string;
  readonly warnings?: readonly QuixWarning[];
  /** A warning that does not come from the library. */
  readonly remark?: Explanation | undefined;
}

/** The finding of a step, or the title of the failed step that kept it from one. */
export type Result<T extends Finding = Finding> =
  { readonly finding: T } | { readonly finding?: never; readonly blocker: string };

type Findings<N> = { [K in keyof N]: N[K] extends Result<infer T> ? T : never };

/** Returns the name of a step. */
export const step = (group: Group, id: string, title: string): StepName => ({ group, id, title });

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
  const remedy = hint === undefined ? undefined : clean(hint);
  return { detail: clean(message), ...defined({ remedy, code }) };
}

/** Runs the steps of the doctor, and keeps their results. */
export class Checkup {
  readonly results: StepResult[] = [];
  readonly #report: (result: StepResult) => void;
  /** Each warning belongs to the first step that met it. */
  readonly #warned = new Set<string>();

  /** @param report - Called with each result. */
  constructor(report: (result: StepResult) => void) {
    this.#report = report;
  }

  /** Runs a step with the findings of the steps that it needs. Skips the step if one has none. */
  async run<T extends Finding, N extends Readonly<Record<string, Result>>>(
    name: StepName,
    needs: N,
    check: (findings: Findings<N>) => T | Promise<T>,
  ): Promise<Result<T>> {
    for (const need of Object.values(needs)) {
      if (need.finding) continue;
      this.skip(name, `${need.blocker} failed`);
      return need;
    }
    const findings = Object.entries(needs).map(([key, { finding }]) => [key, finding]);
    const started = performance.now();
    const elapsed = (): number => Math.round(performance.now() - started);
    try {
      const finding = await check(Object.fromEntries(findings) as Findings<N>);
      const warnings = this.#remarks(finding);
      const outcome = warnings.length > 0 ? 'warning' : 'ok';
      const detail = clean(finding.detail);
      this.#add({ ...name, outcome, detail, warnings, ms: elapsed() });
      return { finding };
    } catch (error) {
      const failure = describeFailure(error);
      this.#add({ ...name, outcome: 'failed', ...failure, warnings: [], ms: elapsed() });
      return { blocker: name.title };
    }
  }

  /** Skips a step that does not apply. Steps that need it still run. */
  skip(name: StepName, reason: string): Result {
    const detail = clean(reason);
    this.#add({ ...name, outcome: 'skipped', detail, warnings: [], ms: 0 });
    return { finding: { detail } };
  }

  #remarks({ warnings = [], remark }: Finding): Explanation[] {
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
