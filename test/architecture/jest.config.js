// The architecture test needs no Redis, so `npm run architecture` leaves out the set-up that finds one.
const { globalSetup: _globalSetup, ...whole } = require('../../jest.config.js');

module.exports = { ...whole, roots: ['<rootDir>/test/architecture'], reporters: ['default'] };
