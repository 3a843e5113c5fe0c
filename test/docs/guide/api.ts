import { type CanActivate, type ExecutionContext, Injectable, Module } from '@nestjs/common';
import { JobsModule } from 'nestjs-jobs';
import { type ApiRequest, JobsApiModule } from 'nestjs-jobs/api';

const redis = {};

@Module({
  imports: [
    JobsModule.forRoot({ redis }),
    JobsApiModule.forRoot({
      tokens: [
        { name: 'dashboard', role: 'read', tokenEnv: 'DASHBOARD_TOKEN' },
        { name: 'olga', role: 'operate', tokenEnv: 'OPERATOR_TOKEN' },
      ],
    }),
  ],
})
export class AdminModule {}

interface Member {
  readonly email: string;
  readonly isAdmin: boolean;
}

/** Stands for the guard an application has. */
@Injectable()
export class SignedIn implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string | undefined>; user?: Member }>();
    const email = request.headers['x-user'];
    if (email === undefined) {
      return false;
    }
    request.user = { email, isAdmin: email.startsWith('admin') };
    return true;
  }
}

export const byGuard = JobsApiModule.forRoot({
  path: 'admin/jobs',
  guards: [SignedIn], // all of them must agree
  roleOf: ({ user }: ApiRequest) => ((user as Member).isAdmin ? 'operate' : 'read'),
  whoami: ({ user }: ApiRequest) => (user as Member).email,
});

/** A process that works, and serves nothing: it takes a part in bulk operations. */
@Module({ imports: [JobsModule.forRoot({ redis }), JobsApiModule.forWorker()] })
export class WorkerModule {}

export const limited = JobsApiModule.forRoot({
  tokens: [{ name: 'olga', role: 'operate', tokenEnv: 'OPERATOR_TOKEN' }],
  data: { visibleTo: 'nobody' }, // payloads, results, progress and metadata
  rateLimit: { reads: 600, changes: 30, window: '1m' },
  auditIp: false,
});
