import { QuixError, type QuixWarning } from 'quix-streams-auth';
import { sanitizeError } from '../../sanitize-error.ts';
import { inCommandWords } from '../command-words.ts';
import { printable } from '../terminal.ts';

export type Group = 'Settings' | 'Portal' | 'Kafka';

/** What a step came to. `skipped` could not be tried, or was not asked for. */
export type Outcome = 'ok' | 'warning' | 'failed' | 'skipped';

/** One step of the doctor, as it is printed. Holds no secret. */
export interface StepResult {
  readonly group: Group;
  /** For programs; that of a broker's step ends with `host:port`. */
  readonly id: string;
  readonly title: string;
  readonly outcome: Outcome;
  /** What was found, or what is wrong. */
  readonly detail: string;
  readonly remedy?: string;
  readonly code?: string;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  readonly ms: number;
}

/** What a step that went well says. */
export interface Finding {
  readonly detail: string;
  readonly warnings?: readonly QuixWarning[];
  /** A flaw that is no fault. */
  readonly remark?: { readonly code: string; readonly message: string } | undefined;
}

/** A fault that is none of the library's own errors: what is wrong, and what to do. */
export class StepFault extends Error {
  readonly code: string | undefined;
  readonly remedy: string;

  constructor(detail: string, remedy: string, code?: string) {
    super(detail);
    this.remedy = remedy;
    this.code = code;
  }
}

export type StepName = Pick<StepResult, 'group' | 'id' | 'title'>;

interface Fault {
  readonly detail: string;
  readonly remedy?: string;
  readonly code?: string;
}

function describeFault(error: unknown): Fault {
  if (error instanceof StepFault) {
    const { message, remedy, code } = error;
    return { detail: message, remedy, ...(code !== undefined && { code }) };
  }
  if (error instanceof QuixError) {
    const { message, hint, code } = error;
    const detail = hint === undefined ? message : message.slice(0, -hint.length - 1);
    return { detail, code, ...(hint !== undefined && { remedy: hint }) };
  }
  return { detail: String(sanitizeError(error)) };
}

/** Runs the doctor's steps and keeps what they came to. */
export class Checkup {
  readonly results: StepResult[] = [];
  readonly #report: (result: StepResult) => void;
  /** A warning is told by the step that met it first. */
  readonly #warned = new Set<string>();

  /** @param report - Told of each result as soon as it is there. */
  constructor(report: (result: StepResult) => void) {
    this.#report = report;
  }

  /** Runs a step; `undefined` when it failed, which does not end the checkup. */
  async run<T extends Finding>(name: StepName, step: () => T | Promise<T>): Promise<T | undefined> {
    const started = performance.now();
    const elapsed = (): number => Math.round(performance.now() - started);
    try {
      const finding = await step();
      this.#pass(name, finding, elapsed());
      return finding;
    } catch (error) {
      this.fail(name, error, elapsed());
      return undefined;
    }
  }

  fail(name: StepName, error: unknown, ms = 0): void {
    const { detail, remedy, code } = describeFault(error);
    this.#add({
      ...name,
      outcome: 'failed',
      detail: clean(detail),
      ...(remedy !== undefined && { remedy: clean(remedy) }),
      ...(code !== undefined && { code }),
      warnings: [],
      ms,
    });
  }

  /** A step that was not taken, and why. */
  skip(name: StepName, reason: string): void {
    this.#add({ ...name, outcome: 'skipped', detail: clean(reason), warnings: [], ms: 0 });
  }

  #pass(name: StepName, { detail, warnings = [], remark }: Finding, ms: number): void {
    const news = warnings.filter(({ code, about }) => {
      const key = `${code} ${about}`;
      return this.#warned.has(key) ? false : this.#warned.add(key);
    });
    const told = [...news, ...(remark ? [remark] : [])].map(({ code, message }) => ({
      code,
      message: clean(message),
    }));
    const outcome = told.length > 0 ? 'warning' : 'ok';
    this.#add({ ...name, outcome, detail: clean(detail), warnings: told, ms });
  }

  #add(result: StepResult): void {
    this.results.push(result);
    this.#report(result);
  }
}

const clean = (text: string): string => printable(inCommandWords(text)).replaceAll('\n', ' ');
