import {
  type CanActivate,
  Controller,
  ForbiddenException,
  Get,
  Injectable,
  Module,
  Res,
  UseGuards,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { makeCounterProvider, PrometheusController, PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register } from 'prom-client';
import { JobsModule } from 'nestjs-jobs';
import { JobsMetricsModule } from 'nestjs-jobs/metrics';
import request from 'supertest';
import { closeAll, SILENT, willClose, Work } from './start-metrics.js';

type Imports = NonNullable<Parameters<typeof Test.createTestingModule>[0]['imports']>;

afterEach(async () => {
  await closeAll();
  register.clear();
});

async function serve(imports: Imports) {
  const module = await Test.createTestingModule({
    imports: [JobsModule.forRoot({ store: 'memory' }), ...imports],
    providers: [Work],
  })
    .setLogger(SILENT)
    .compile();
  const app = willClose(module.createNestApplication());
  await app.init();
  return request(app.getHttpServer());
}

describe('the endpoint', () => {
  it('is the module’s own, and has nothing but jobs unless told', async () => {
    const response = await (
      await serve([JobsMetricsModule.forRoot({ path: '/internal/metrics' })])
    )
      .get('/internal/metrics')
      .expect(200)
      .expect('content-type', /^text\/plain; version=0\.0\.4/);
    expect(response.text).toContain('jobs_enqueued_total{type="work",queue="desk",priority="normal"} 0');
    const names = [...response.text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name);
    expect(names.filter((name) => !name.startsWith('jobs_'))).toEqual([]);
  });

  it('has Node’s metrics beside, where told, also for a second application of the process', async () => {
    for (let boot = 0; boot < 2; boot++) {
      const agent = await serve([JobsMetricsModule.forRoot({ path: '/metrics', nodeMetrics: true })]);
      const { text } = await agent.get('/metrics').expect(200);
      expect(text).toContain('process_cpu_user_seconds_total');
      expect(text).toContain('jobs_enqueued_total{');
    }
  });

  it('is not there when metrics are off', async () => {
    await (await serve([JobsMetricsModule.forRoot({ path: '/metrics', enabled: false })])).get('/metrics').expect(404);
  });

  it('can have options that are made at boot', async () => {
    const agent = await serve([
      JobsMetricsModule.forRootAsync({ path: '/metrics', useFactory: async () => ({ prefix: 'made_' }) }),
    ]);
    expect((await agent.get('/metrics').expect(200)).text).toContain('made_jobs_enqueued_total{');
  });

  it('is that of a PrometheusModule which the application has, with its path, labels and metrics', async () => {
    const agent = await serve([
      PrometheusModule.register({ path: '/prom', defaultLabels: { app: 'shop' }, defaultMetrics: { enabled: false } }),
      JobsMetricsModule.forRoot(),
      OwnModule,
    ]);
    const { text } = await agent.get('/prom').expect(200);
    expect(text).toContain('jobs_enqueued_total{type="work",queue="desk",priority="normal",app="shop"} 0');
    expect(text).toContain('carts_total{app="shop"} 0');
    await agent.get('/metrics').expect(404);
    register.setDefaultLabels({});
  });

  it('can be guarded, by a controller of the application', async () => {
    const agent = await serve([
      PrometheusModule.register({ controller: GuardedMetrics, defaultMetrics: { enabled: false } }),
      JobsMetricsModule.forRoot(),
    ]);
    await agent.get('/metrics').expect(403);
    const { text } = await agent.get('/metrics').set('authorization', 'Bearer let-me-in').expect(200);
    expect(text).toContain('jobs_enqueued_total{');
  });
});

@Module({ providers: [makeCounterProvider({ name: 'carts_total', help: 'Carts.' })] })
class OwnModule {}

@Injectable()
class Token implements CanActivate {
  canActivate(context: Parameters<CanActivate['canActivate']>[0]): boolean {
    const { headers } = context.switchToHttp().getRequest<{ readonly headers: Readonly<Record<string, string>> }>();
    if (headers['authorization'] !== 'Bearer let-me-in') {
      throw new ForbiddenException();
    }
    return true;
  }
}

@Controller()
@UseGuards(Token)
class GuardedMetrics extends PrometheusController {
  @Get()
  override index(@Res({ passthrough: true }) response: unknown): Promise<string> {
    return super.index(response);
  }
}
