const path = require('node:path');

// What the layers that hold the rules are held to whenever coverage is measured (`npm test -- --coverage`).
const layerThreshold = { statements: 90, branches: 90, functions: 90, lines: 90 };

/** @type {import('jest').Config} */
module.exports = {
  rootDir: __dirname,
  testEnvironment: 'node',
  roots: ['<rootDir>/libs', '<rootDir>/apps', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '/dist/',
    '<rootDir>/test/architecture/fixtures/',
    '<rootDir>/test/package/apps/',
  ],
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/.cache/', '/outputs/'],
  moduleNameMapper: {
    '^nestjs-jobs$': '<rootDir>/libs/jobs/src/index.ts',
    '^nestjs-jobs/(.*)$': '<rootDir>/libs/jobs/src/$1/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    // Nest 12 ships ES modules only, which jest cannot require on Node 20: swc turns them into CommonJS for the run.
    '/node_modules/.+\\.js$': [
      '@swc/jest',
      { swcrc: false, sourceMaps: false, jsc: { target: 'es2022', parser: { syntax: 'ecmascript' } } },
    ],
    '\\.ts$': '@swc/jest',
  },
  transformIgnorePatterns: [
    '/node_modules/(?!(@nestjs|@seriousme|file-type|uint8array-extras|strtok3|token-types|@tokenizer|@borewit)/)',
  ],
  globalSetup: '<rootDir>/test/servers/global-setup.ts',
  reporters: ['default', '<rootDir>/test/fuzz/fuzz-reporter.cjs', '<rootDir>/test/servers/redis-reporter.cjs'],
  // A busy machine takes many times as long for days of virtual time; what hangs is told late, and no more.
  testTimeout: 240_000,
  // jest's own default is one worker fewer than there are cores.
  maxWorkers: '100%',
  workerIdleMemoryLimit: '1GB',
  cacheDirectory: path.join(__dirname, '.cache', 'jest'),
  coverageProvider: 'v8',
  coverageReporters: ['text-summary', 'json-summary', 'lcov'],
  collectCoverageFrom: ['libs/*/src/**/*.ts', '!**/*.spec.ts', '!**/*.generated.ts', '!**/index.ts'],
  coverageThreshold: {
    './libs/jobs/src/domain/': layerThreshold,
    './libs/jobs/src/application/': layerThreshold,
  },
};
