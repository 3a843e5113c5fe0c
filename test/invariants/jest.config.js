// The whole suite's configuration, but that one module may be compiled from another text: see mutating-transform.cjs.
const { transform, ...whole } = require('../../jest.config.js');

module.exports = {
  ...whole,
  testEnvironment: '<rootDir>/test/invariants/first-failure-environment.cjs',
  transform: { ...transform, '\\.ts$': '<rootDir>/test/invariants/mutating-transform.cjs' },
  // Says nothing that is read, but takes away what the servers have noted.
  reporters: ['<rootDir>/test/servers/redis-reporter.cjs'],
};
