import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { findFreePorts } from '../kafka/support/free-ports.ts';
import { waitUntil } from '../kafka/support/wait-until.ts';

export interface Prometheus {
  readonly url: string;
  /** Returns the labels of each sample in the result of a query. */
  readonly query: (expression: string) => Promise<Readonly<Record<string, string>>[]>;
  /** Waits until a query returns this number of samples. */
  readonly returns: (expression: string, count: number) => Promise<void>;
}

/**
 * Starts the Prometheus of this machine, which scrapes the targets (`host:port`) of a job every 200
 * ms. It is stopped when the test finishes. On Debian, the package prometheus contains it.
 */
export async function startPrometheus(
  job: string,
  targets: readonly string[],
): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'quix-prometheus-'));
  const config = {
    global: { scrape_interval: '200ms', scrape_timeout: '200ms' },
    scrape_configs: [{ job_name: job, static_configs: [{ targets }] }],
  };
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config)); // JSON is YAML
  const [port = 0] = await findFreePorts(1);
  const child = spawn('prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
  ]);
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  await once(child, 'spawn'); // fails if the program is missing
  onTestFinished(async () => {
    if (child.exitCode === null && child.kill()) await once(child, 'exit');
    rmSync(folder, { recursive: true });
  });
  const url = `http://127.0.0.1:${port}`;
  const query: Prometheus['query'] = async (expression) => {
    const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const text = await response.text();
    expect(response.status, `${expression}: ${text}`).toBe(200);
    const { data } = JSON.parse(text) as {
      data: { result: { metric: Record<string, string> }[] };
    };
    return data.result.map(({ metric }) => metric);
  };
  const returns: Prometheus['returns'] = (expression, count) =>
    waitUntil(async () => (await query(expression)).length === count, {
      timeoutMs: 30_000,
      what: `A result of ${count} samples for ${expression}`,
      details: () => log,
      reasonToStop: () => (child.exitCode === null ? undefined : `Prometheus ended. ${log}`),
    });
  return { url, query, returns };
}

/** Runs promtool, and returns its output. Throws if it fails. */
export const promtool = (...args: string[]): string =>
  execFileSync('promtool', args, { encoding: 'utf8' });
