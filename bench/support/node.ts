import { execFileSync } from 'node:child_process';

export interface Cost {
  /** Milliseconds from its start to its end. */
  readonly wallMs: number;
  /** Milliseconds of processor time until the code was through. */
  readonly cpuMs: number;
}

/** What a whole process costs that runs `code`; packages are found from `cwd`. */
export function nodeCost(cwd: string, type: 'module' | 'commonjs', code: string): Cost {
  const tell = ';const { user, system } = process.cpuUsage(); console.log((user + system) / 1000);';
  const start = performance.now();
  const said = execFileSync(process.execPath, [`--input-type=${type}`, '-e', code + tell], {
    cwd,
    encoding: 'utf8',
  });
  return { wallMs: performance.now() - start, cpuMs: Number(said) };
}
