const { TestEnvironment } = require('jest-environment-node');

// Of the whole run: its files are run one after another in this process.
let hasFailed = false;

/** Leaves out what comes after the first test that fails: one is enough to catch a mutant. */
module.exports = class FirstFailureEnvironment extends TestEnvironment {
  handleTestEvent(event, state) {
    if (event.name === 'test_fn_failure' || event.name === 'hook_failure') {
      hasFailed = true;
    } else if (event.name === 'run_start' && hasFailed) {
      state.rootDescribeBlock.mode = 'skip';
    } else if (event.name === 'test_start' && hasFailed) {
      event.test.mode = 'skip';
    }
  }
};
