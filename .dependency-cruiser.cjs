// The arrows that are allowed: nest → application → domain, adapters → application/ports + domain. test/architecture
// runs these rules, and proves on a wrong house of its own that each of them bites.
const library = '^libs/jobs/src/';
/** Rooms that users import on their own, each a subpath of the package. */
const surfaces = 'health|metrics|api|history|alerts|resilience|tracing';
const specs = '\\.spec\\.ts$';

/** Node's own modules that neither read, write nor wait for the outside world. */
const pureNodeModules = '^(node:)?(async_hooks|crypto|events|os|perf_hooks|timers|timers/promises|util)$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'domain-imports-nothing',
      comment: 'The domain is pure TypeScript: no other layer, no package, not even a module of Node.',
      severity: 'error',
      from: { path: `${library}domain/`, pathNot: specs },
      to: { pathNot: `${library}domain/` },
    },
    {
      name: 'application-imports-domain-and-ports',
      comment: 'Use cases know the domain and their own ports; of Nest they may use Injectable and Inject.',
      severity: 'error',
      from: { path: `${library}application/`, pathNot: specs },
      to: { pathNot: [`${library}(application|domain)/`, 'node_modules/@nestjs/common/', pureNodeModules] },
    },
    {
      name: 'ports-are-leaves',
      comment: 'A circle of constructors crashes at import: a port loads other ports and the domain only.',
      severity: 'error',
      from: { path: `${library}application/ports/`, pathNot: specs },
      to: { pathNot: `${library}(application/ports|domain)/`, preCompilationOnly: false },
    },
    {
      name: 'adapters-import-ports-and-domain',
      comment: 'An adapter implements ports: it knows neither the use cases, nor Nest modules, nor another adapter.',
      severity: 'error',
      from: { path: `${library}adapters/([^/]+)/`, pathNot: specs },
      to: { path: library, pathNot: [`${library}adapters/$1/`, `${library}application/ports/`, `${library}domain/`] },
    },
    {
      name: 'only-the-redis-adapter-knows-ioredis',
      comment: 'ioredis is an optional peer, and its types would leak into the public face.',
      severity: 'error',
      from: { path: library, pathNot: [`${library}adapters/redis/`, specs] },
      to: { path: 'node_modules/ioredis/' },
    },
    {
      name: 'nest-is-not-a-surface',
      comment: 'The core module never needs what users import on their own.',
      severity: 'error',
      from: { path: [`${library}nest/`, `${library}index\\.ts$`], pathNot: specs },
      to: { path: `${library}(${surfaces}|testing)/` },
    },
    {
      name: 'surfaces-import-inward',
      comment: 'What users import on their own stands on the services and ports, never on a store or on each other.',
      severity: 'error',
      from: { path: `${library}(${surfaces})/`, pathNot: specs },
      to: { path: library, pathNot: [`${library}$1/`, `${library}(application|domain|nest)/`] },
    },
    {
      name: 'testing-is-for-tests',
      comment: 'Nothing that runs in production imports the testing kit.',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: [`${library}testing/`, specs, '^apps/[^/]+/test/'] },
      to: { path: `${library}testing/` },
    },
    {
      name: 'library-uses-its-peers-only',
      comment:
        'What the package imports must be one of its peers, or its only dependency, or an application would not have it.',
      severity: 'error',
      from: { path: library, pathNot: specs },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['npm-peer'],
        pathNot: 'node_modules/cron-parser/',
      },
    },
    {
      name: 'apps-use-the-public-face',
      comment: 'An application imports nestjs-jobs and its subpaths, as any user does.',
      severity: 'error',
      from: { path: '^apps/' },
      to: { path: library, pathNot: [`${library}index\\.ts$`, `${library}[^/]+/index\\.ts$`] },
    },
    {
      name: 'library-knows-no-app',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'no-spec-is-imported',
      severity: 'error',
      from: {},
      to: { path: specs },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: { path: '^(libs|apps|test)/' },
      to: { circular: true },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: { path: '^(libs|apps|test)/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // 'specify' sees imports of types too, and tells them from those that are left in the JavaScript.
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^(libs|apps)/[^/]+/(dist|outputs)/', '^test/architecture/fixtures/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['main', 'types'],
    },
  },
};
