import path from 'node:path';
import {
  cruise,
  filesLongerThan,
  foldersWithoutARole,
  nestNamesInApplication,
  packagesLoadedBy,
  repository,
} from './house.js';

/** The whole house is read: some seconds on a free machine, minutes on a busy one. */
const GENEROUS_MS = 600_000;
jest.setTimeout(GENEROUS_MS);

const wrongHouse = path.join(__dirname, 'fixtures', 'wrong-house');

describe('the repository', () => {
  it('has no import that points the wrong way', async () => {
    expect((await cruise(repository, ['libs', 'apps', 'test'])).violations).toEqual([]);
  });

  it('loads nothing that is optional when nestjs-jobs is imported', async () => {
    const loaded = packagesLoadedBy('libs/jobs/src/index.ts', await cruise(repository, ['libs']));
    const allowed = [
      '@nestjs/common',
      '@nestjs/core',
      'class-transformer',
      'class-validator',
      'reflect-metadata',
      'rxjs',
    ];
    expect(loaded.filter((name) => !allowed.includes(name))).toEqual([]);
  });

  it('uses Injectable and Inject in the application layer and nothing else of Nest', async () => {
    expect(await nestNamesInApplication(repository)).toEqual([]);
  });

  it.each(['libs', 'apps'])('has no file over 300 lines in %s', async (folder) => {
    expect(await filesLongerThan(300, repository, folder)).toEqual([]);
  });

  it.each(['libs', 'apps', 'test'])('has no folder without a role in %s', async (folder) => {
    expect(await foldersWithoutARole(repository, folder)).toEqual([]);
  });
});

describe('the rules, on a house that breaks each of them', () => {
  it('find every wrong arrow and name no right one', async () => {
    expect((await cruise(wrongHouse, ['libs', 'apps'])).violations).toEqual([
      'adapters-import-ports-and-domain: libs/jobs/src/adapters/memory/memory-store.ts → libs/jobs/src/adapters/redis/redis-store.ts',
      'adapters-import-ports-and-domain: libs/jobs/src/adapters/memory/memory-store.ts → libs/jobs/src/application/worker.ts',
      'application-imports-domain-and-ports: libs/jobs/src/application/job.service.ts → fs',
      'application-imports-domain-and-ports: libs/jobs/src/application/job.service.ts → libs/jobs/src/adapters/memory/memory-store.ts',
      'apps-use-the-public-face: apps/demo/src/main.ts → libs/jobs/src/application/worker.ts',
      'domain-imports-nothing: libs/jobs/src/domain/job.ts → crypto',
      'domain-imports-nothing: libs/jobs/src/domain/job.ts → libs/jobs/src/application/job.service.ts',
      'everything-resolves: apps/demo/src/main.ts → ./missing.js',
      'library-knows-no-app: libs/jobs/src/nest/jobs.module.ts → apps/demo/src/main.ts',
      'library-uses-its-peers-only: libs/jobs/src/health/index.ts → node_modules/zod/index.d.cts',
      'nest-is-not-a-surface: libs/jobs/src/nest/jobs.module.ts → libs/jobs/src/health/index.ts',
      'no-circles: libs/jobs/src/domain/left.ts → libs/jobs/src/domain/right.ts',
      'no-spec-is-imported: libs/jobs/src/application/job.service.ts → libs/jobs/src/domain/left.spec.ts',
      'only-the-redis-adapter-knows-ioredis: libs/jobs/src/nest/jobs.module.ts → node_modules/ioredis/built/index.js',
      'ports-are-leaves: libs/jobs/src/application/ports/job-store.ts → libs/jobs/src/application/worker.ts',
      'surfaces-import-inward: libs/jobs/src/health/index.ts → libs/jobs/src/adapters/redis/redis-store.ts',
      'surfaces-import-inward: libs/jobs/src/health/index.ts → libs/jobs/src/testing/index.ts',
      'testing-is-for-tests: libs/jobs/src/health/index.ts → libs/jobs/src/testing/index.ts',
    ]);
  });

  it('see an optional package that is loaded, and leave out one that only gives types', async () => {
    const house = await cruise(wrongHouse, ['libs', 'apps']);
    expect(packagesLoadedBy('libs/jobs/src/index.ts', house)).toEqual(['ioredis', 'zod']);
    expect(packagesLoadedBy('libs/jobs/src/testing/index.ts', house)).toEqual([]);
  });

  it('see another name of Nest, a long file and a folder without a role', async () => {
    expect(await nestNamesInApplication(wrongHouse)).toEqual(['libs/jobs/src/application/job.service.ts: Module']);
    expect(await filesLongerThan(300, wrongHouse, 'libs')).toEqual(['libs/jobs/src/common/long.ts: 301 lines']);
    expect(await foldersWithoutARole(wrongHouse, 'libs')).toEqual(['libs/jobs/src/common']);
  });
});
