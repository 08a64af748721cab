import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findFreePorts } from '../kafka/support/free-ports.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { examplePath, startProgram } from '../support/program.ts';
import { promtool, startPrometheus } from '../support/prometheus.ts';

closeAfterEach();

const alerts = examplePath('observability/alerts.yml');

interface Dashboard {
  readonly panels: { readonly title: string; readonly targets: { readonly expr: string }[] }[];
}

/** Returns the query of each panel, by the title of the panel. */
function dashboardQueries(): [title: string, expression: string][] {
  const text = readFileSync(examplePath('observability/grafana-dashboard.json'), 'utf8');
  const { panels } = JSON.parse(text) as Dashboard;
  return panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }): [string, string] => [title, expr.replaceAll('$__rate_interval', '1m')]),
  );
}

describe('examples/observability', () => {
  it('has three alert rules that promtool accepts', () => {
    expect(promtool('check', 'rules', alerts)).toContain('3 rules found');
  });

  it('has alert rules that fire and resolve as alerts.test.yml says', () => {
    const tests = examplePath('observability/alerts.test.yml');
    expect(promtool('test', 'rules', tests)).toContain('SUCCESS');
    // The tests can fail: without the rules, no alert fires.
    const folder = mkdtempSync(join(tmpdir(), 'quix-rules-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    writeFileSync(join(folder, 'alerts.yml'), 'groups: []\n');
    writeFileSync(join(folder, 'alerts.test.yml'), readFileSync(tests));
    expect(() => promtool('test', 'rules', join(folder, 'alerts.test.yml'))).toThrow();
  });

  it('has a dashboard and rules with queries about the metrics of a real service', async () => {
    const portal = await startPortal();
    const [port = 0] = await findFreePorts(1);
    const env = { ...portal.env, MY_QUIX_TOKEN_2: portal.token2, PORT: `${port}` };
    const service = startProgram(examplePath('observability/prometheus.ts'), env);
    await service.says(/listening on/);
    const prometheus = await startPrometheus('service', [`127.0.0.1:${port}`]);
    await prometheus.returns('quix_token_info{workspace!=""}', 1);
    await prometheus.returns('count_over_time(quix_logins_total{outcome="ended"}[1m]) > 2', 1);
    const queries = dashboardQueries();
    expect(queries.length).toBeGreaterThan(6);
    for (const [title, expression] of queries) {
      const count = (await prometheus.query(expression)).length;
      // Kafka refuses no login of this service.
      expect(count > 0, `${title}: ${expression}`).toBe(title !== 'Instances that Kafka refuses');
    }
    const used = `${readFileSync(alerts, 'utf8')} ${queries.join(' ')}`.match(/quix_\w+/g) ?? [];
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    for (const name of new Set(used)) expect(text).toContain(`# TYPE ${name} `);
  });
});
