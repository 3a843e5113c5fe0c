import { type DynamicModule, Module, type ModuleMetadata, type Provider } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { WebhookSender } from '../application/ports/webhook-sender.js';
import { ALERTS_OPTIONS, AlertsLifecycle } from './alerts-lifecycle.js';
import { type JobsAlertsOptions, type ResolvedAlertsOptions, resolveAlertsOptions } from './alerts-options.js';
import { HttpWebhookSender } from './http-webhook-sender.js';

/** How the options are made at boot. */
export interface JobsAlertsAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly useFactory: (...injected: never[]) => JobsAlertsOptions | Promise<JobsAlertsOptions>;
  readonly inject?: readonly (string | symbol | (abstract new (...args: never[]) => unknown))[];
}

/**
 * Warns when jobs go wrong: in the log, to listeners in this process, and to webhooks. Import it beside
 * `JobsModule.forRoot` in every process that submits or works; one of them at a time judges the rules.
 */
@Module({})
export class JobsAlertsModule {
  /** @throws InvalidOptionError */
  static forRoot(options: JobsAlertsOptions = {}): DynamicModule {
    return withOptions({ provide: ALERTS_OPTIONS, useValue: resolveAlertsOptions(options) });
  }

  /** The same with options that are made at boot; wrong ones stop it with `InvalidOptionError`. */
  static forRootAsync({ imports, inject = [], useFactory }: JobsAlertsAsyncOptions): DynamicModule {
    const factory = async (...injected: never[]): Promise<ResolvedAlertsOptions> =>
      resolveAlertsOptions(await useFactory(...injected));
    return withOptions({ provide: ALERTS_OPTIONS, useFactory: factory, inject: [...inject] as never[] }, imports);
  }
}

function withOptions(options: Provider, imports: ModuleMetadata['imports'] = []): DynamicModule {
  return {
    module: JobsAlertsModule,
    imports: [DiscoveryModule, ...imports],
    providers: [options, { provide: WebhookSender, useClass: HttpWebhookSender }, AlertsLifecycle],
  };
}
