import { Module, type INestApplicationContext, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { QuixStreamingClient } from 'quix-streams-auth';
import { QuixHealthIndicator, QuixKafkaClient, QuixModule } from 'quix-streams-auth/nestjs';
import { expect, it, vi } from 'vitest';
import { closeAfterEach, startPortal } from '../../support/portal-clients.ts';

closeAfterEach();

async function createContext(metadata: ModuleMetadata): Promise<INestApplicationContext> {
  @Module(metadata)
  class AppModule {}
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- plain options
  return await NestFactory.createApplicationContext(AppModule, {
    logger: false,
    abortOnError: false,
  });
}

it('provides a client to all modules, and closes it when the application shuts down', async () => {
  const { env, workspaceId } = await startPortal();
  const FEATURE = Symbol('feature');
  @Module({
    providers: [
      {
        provide: FEATURE,
        inject: [QuixStreamingClient],
        useFactory: (quix: QuixStreamingClient) => ({ quix }),
      },
    ],
  })
  class FeatureModule {}
  const app = await createContext({ imports: [QuixModule.forRoot({ env }), FeatureModule] });
  const { quix } = app.get<{ quix: QuixStreamingClient }>(FEATURE, { strict: false });
  expect(quix).toBe(app.get(QuixStreamingClient));
  expect(await quix.getBrokerCredentials()).toMatchObject({ workspaceId });
  await app.close();
  expect(quix.describe().state).toBe('closed');
});

it('closes the client after the Kafka clients of all modules', async () => {
  const { env } = await startPortal();
  const closed: string[] = [];
  const kafka = (name: string) => ({
    provide: name,
    inject: [QuixStreamingClient],
    useFactory: (quix: QuixStreamingClient) => {
      const client = new QuixKafkaClient(quix);
      vi.spyOn(client, 'close').mockImplementation(() => {
        closed.push(`${name}: ${quix.describe().state}`);
        return Promise.resolve();
      });
      return client;
    },
  });
  @Module({ providers: [kafka('nested')] })
  class NestedModule {}
  @Module({ imports: [NestedModule], providers: [kafka('feature')] })
  class FeatureModule {}
  const app = await createContext({
    imports: [QuixModule.forRoot({ env }), FeatureModule],
    providers: [kafka('root')],
  });
  const quix = app.get(QuixStreamingClient);
  await app.close();
  expect(closed.sort()).toEqual(['feature: idle', 'nested: idle', 'root: idle']);
  expect(quix.describe().state).toBe('closed');
});

it('provides a second client under another injection token', async () => {
  const { env } = await startPortal();
  const other = await startPortal({ workspaces: [{ workspaceId: 'org-project-prod' }] });
  const PRODUCTION = Symbol('production');
  const app = await createContext({
    imports: [
      QuixModule.forRoot({ env }),
      QuixModule.forRootAsync({
        provide: PRODUCTION,
        imports: [],
        inject: [QuixStreamingClient],
        useFactory: async (first: QuixStreamingClient) => {
          await first.getBrokerCredentials();
          return { env: other.env };
        },
      }),
    ],
  });
  const [first, second] = [app.get(QuixStreamingClient), app.get<QuixStreamingClient>(PRODUCTION)];
  expect((await first.getBrokerCredentials()).workspaceId).toBe('org-project-dev');
  expect((await second.getBrokerCredentials()).workspaceId).toBe('org-project-prod');
  await app.close();
  expect([first, second].map((quix) => quix.describe().state)).toEqual(['closed', 'closed']);
});

it('lets the start of the application fail if no token is set', async () => {
  const context = createContext({ imports: [QuixModule.forRoot({ env: {} })] });
  await expect(context).rejects.toMatchObject({ code: 'QUIX_TOKEN_MISSING' });
});

it('provides a health indicator that @nestjs/terminus accepts', async () => {
  const portal = await startPortal();
  const app = await createContext({
    imports: [TerminusModule, QuixModule.forRoot({ env: portal.env })],
  });
  const health = await app.resolve(HealthCheckService);
  const indicator = app.get(QuixHealthIndicator);
  const check = () => health.check([() => indicator.isHealthy('quix')]);
  expect(await check()).toEqual({
    status: 'ok',
    info: { quix: { status: 'up', state: 'ready' } },
    error: {},
    details: { quix: { status: 'up', state: 'ready' } },
  });
  await app.get(QuixStreamingClient).close();
  await expect(check()).rejects.toMatchObject({
    status: 503,
    response: { status: 'error', error: { quix: { status: 'down', state: 'closed' } } },
  });
  await app.close();
});
