import { type CanActivate, type ExecutionContext, Injectable, Module } from '@nestjs/common';
import { JobsModule } from 'nestjs-jobs';
import { JobsApiModule } from 'nestjs-jobs/api';

@Injectable()
export class SessionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string>; user?: object }>();
    const username = request.headers['x-session'];
    request.user = { username, isAdmin: username === 'ada' };
    return username !== undefined;
  }
}

@Module({
  imports: [
    JobsModule.forRoot(),
    JobsApiModule.forRoot({
      tokens: [
        { name: 'grafana', role: 'read', tokenEnv: 'READ_TOKEN' },
        { name: 'olga', role: 'operate', tokenEnv: 'OPERATE_TOKEN' },
      ],
    }),
  ],
})
export class ApiModule {}

@Module({
  imports: [
    JobsModule.forRoot(),
    JobsApiModule.forRoot({
      path: 'admin/jobs',
      guards: [SessionGuard], // any guards of yours; all of them must let the request through
      roleOf: ({ user }) => ((user as { isAdmin: boolean }).isAdmin ? 'operate' : 'read'),
      whoami: ({ user }) => (user as { username: string }).username, // for the audit trail
    }),
  ],
})
export class GuardedApiModule {}

@Module({
  imports: [JobsModule.forRoot(), JobsApiModule.forWorker()], // takes a part in bulk operations, serves nothing
})
export class ApiWorkerModule {}
