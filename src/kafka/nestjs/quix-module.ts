import type {
  DynamicModule,
  FactoryProvider,
  InjectionToken,
  ModuleMetadata,
} from '@nestjs/common';
import { QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import { QuixHealthIndicator } from './quix-health-indicator.ts';

/** Options of {@link QuixModule.forRoot}: the options of a `QuixStreamingClient`, and `provide`. */
export interface QuixModuleOptions extends QuixClientOptions {
  /**
   * Injection token of the client. Set it for a second environment. The module then does not
   * provide a {@link QuixHealthIndicator}. Default: `QuixStreamingClient`.
   */
  provide?: InjectionToken | undefined;
}

/** Options of {@link QuixModule.forRootAsync}. */
export interface QuixModuleAsyncOptions {
  /** Modules that export the providers in `inject`. */
  imports?: ModuleMetadata['imports'] | undefined;
  /** Injection tokens of the arguments of `useFactory`. */
  inject?: FactoryProvider['inject'] | undefined;
  /** Returns the options of the client. */
  useFactory: FactoryProvider<QuixClientOptions>['useFactory'];
  /** As in {@link QuixModuleOptions}. */
  provide?: InjectionToken | undefined;
}

/**
 * A global module of Nest that provides a `QuixStreamingClient` and a {@link QuixHealthIndicator}.
 * Import it in the root module only. Requires Nest 10, 11 or 12.
 *
 * When the application shuts down, the module closes the client. Nest closes microservices and
 * calls the hooks of other modules before that, so each {@link QuixKafkaClient} that is a provider
 * is closed first. Call `app.enableShutdownHooks()`, so that Nest shuts down on a signal.
 *
 * @example
 * ```ts
 * import { Module } from '@nestjs/common';
 * import { QuixModule } from 'quix-streams-auth/nestjs';
 *
 * class AppModule {}
 * Module({ imports: [QuixModule.forRoot({ tokenEnvVar: 'MY_TOKEN' })] })(AppModule);
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- Nest's modules are classes
export class QuixModule {
  /**
   * Returns a module that provides a client with these options.
   *
   * @param options - Options of the client, and `provide`.
   */
  static forRoot({ provide, ...options }: QuixModuleOptions = {}): DynamicModule {
    return QuixModule.forRootAsync({ provide, useFactory: () => options });
  }

  /**
   * Returns a module that provides a client with the options that `useFactory` returns.
   *
   * @param options - The factory and its dependencies.
   *
   * @example
   * ```ts
   * import { QuixModule } from 'quix-streams-auth/nestjs';
   *
   * class Secrets {
   *   readQuixToken(): Promise<string> { return Promise.resolve('…'); }
   * }
   * const module = QuixModule.forRootAsync({
   *   inject: [Secrets],
   *   useFactory: (secrets: Secrets) => ({ token: () => secrets.readQuixToken() }),
   * });
   * ```
   */
  static forRootAsync({
    imports = [],
    inject = [],
    useFactory,
    provide = QuixStreamingClient,
  }: QuixModuleAsyncOptions): DynamicModule {
    const client: FactoryProvider<QuixStreamingClient> = {
      provide,
      inject,
      useFactory: async (...args: unknown[]) => new QuixStreamingClient(await useFactory(...args)),
    };
    const shutdownHook: FactoryProvider = {
      provide: Symbol('closes the QuixStreamingClient'),
      inject: [provide],
      useFactory: (quix: QuixStreamingClient) => ({ onApplicationShutdown: () => quix.close() }),
    };
    const health: FactoryProvider<QuixHealthIndicator> = {
      provide: QuixHealthIndicator,
      inject: [provide],
      useFactory: (quix: QuixStreamingClient) => new QuixHealthIndicator(quix),
    };
    const exported = provide === QuixStreamingClient ? [client, health] : [client];
    return {
      module: QuixModule,
      global: true,
      imports,
      providers: [...exported, shutdownHook],
      exports: exported.map((each) => each.provide),
    };
  }
}
