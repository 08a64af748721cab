import { expect, it } from 'vitest';
import { findFreePorts } from '../kafka/support/free-ports.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { examplePath, startProgram, type Program } from '../support/program.ts';
import { startPrometheus } from '../support/prometheus.ts';
import { runCli, unwrap } from './run-cli.ts';

closeAfterEach();

it('quix-auth rotation follows three services through a rotation, with the metrics in Prometheus', async () => {
  const portal = await startPortal();
  const { token1, token2, url: Quix__Portal__Api } = portal;
  const ports = await findFreePorts(3);
  const targets = ports.map((port) => `127.0.0.1:${port}`);
  const start = async (index: number, token: string): Promise<Program> => {
    const env = { Quix__Portal__Api, Quix__Sdk__Token: token, PORT: `${ports[index] ?? 0}` };
    const service = startProgram(examplePath('observability/prometheus.ts'), env);
    await service.says(/listening on/);
    return service;
  };
  const services = await Promise.all([token2, token2, token1].map((each, i) => start(i, each)));
  const prometheus = await startPrometheus('orders', targets);
  await prometheus.returns('quix_token_info{workspace!=""}', 3);

  const env = { TOKEN_1: token1, TOKEN_2: token2, Quix__Portal__Api };
  const names = ['--token-1-env-var', 'TOKEN_1', '--token-2-env-var', 'TOKEN_2'];
  const rotation = async (...args: string[]): Promise<{ code: number; text: string }> => {
    const command = ['rotation', ...names, '--prometheus', prometheus.url, ...args];
    const { code, stdout } = await runCli(command, { env });
    return { code, text: unwrap(stdout) };
  };

  const before = await rotation();
  expect(before.text).toMatch(
    new RegExp(`Not yet: orders/${targets[2] ?? ''} still uses Token 1$`),
  );
  expect(before.text).toContain('Set the variable Quix__Sdk__Token to Token 2');
  expect(before.code).toBe(1);

  await services[2]?.stops();
  await prometheus.returns('up == 0', 1);
  const stopped = await rotation();
  expect(stopped.text).toMatch(new RegExp(`Not yet: orders/${targets[2] ?? ''} is unknown$`));

  await start(2, token2);
  const watched = await rotation('--watch', '0.5');
  expect(watched.text).toMatch(/Safe to rotate: 3 of 3 instances use Token 2$/);
  expect(watched.code).toBe(0);

  portal.rotateTokens();
  const after = await rotation('--after');
  expect(after.text).toMatch(
    /Rotated: 3 of 3 instances use Token 2\. No instance reports a rejected token$/,
  );
  expect(after.code).toBe(0);
});
