import { type CanActivate, type ExecutionContext, Inject, Injectable, Scope, UseGuards } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { type Handler, type JobContext, JobHandler, type Middleware } from 'nestjs-jobs';

@Injectable()
export class KnownTenant implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const [, job] = context.getArgs<[payload: unknown, job: JobContext]>(); // context.getType() is 'job'
    return typeof job.metadata['tenant'] === 'string';
  }
}

@UseGuards(KnownTenant)
@JobHandler('tenant.export')
export class ExportTenant implements Handler<{ format: string }, string> {
  handle({ format }: { format: string }, job: JobContext): string {
    return `${job.metadata['tenant'] as string}.${format}`;
  }
}

@Injectable({ scope: Scope.REQUEST })
export class TenantName {
  constructor(@Inject(REQUEST) private readonly job: JobContext) {} // in a job, the request is the job

  get value(): string {
    return this.job.metadata['tenant'] as string;
  }
}

@JobHandler('tenant.greet')
export class GreetTenant implements Handler<undefined, string> {
  constructor(private readonly tenant: TenantName) {} // which makes a new handler for each attempt

  handle(): string {
    return `hello ${this.tenant.value}`;
  }
}

export const logDuration: Middleware = async (job, next) => {
  const begun = performance.now();
  try {
    return await next();
  } finally {
    job.log(`took ${Math.round(performance.now() - begun)} ms`);
  }
};
