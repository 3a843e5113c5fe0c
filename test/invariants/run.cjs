// Runs the mutants as a plain Node process.
require('../servers/typescript-hook.cjs').registerTypeScript();
require('./main.ts');
