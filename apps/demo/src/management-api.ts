import type { DynamicModule } from '@nestjs/common';
import { JobsApiModule } from 'nestjs-jobs/api';

/** True where `DEMO_TOKEN` is set: without it there is no management API. */
export function hasManagementApi(): boolean {
  return Boolean(process.env['DEMO_TOKEN']);
}

/** The management API below `/jobs-api`, for whoever brings `DEMO_TOKEN`, at least 16 characters. */
export function managementApi(): readonly DynamicModule[] {
  return hasManagementApi()
    ? [JobsApiModule.forRoot({ tokens: [{ name: 'demo', role: 'operate', tokenEnv: 'DEMO_TOKEN' }] })]
    : [];
}
