// Runs a TypeScript file as a plain Node process: node run-typescript.cjs <file.ts> [arguments]
const { resolve } = require('node:path');
const { registerTypeScript } = require('./typescript-hook.cjs');

registerTypeScript();
// The input closes with the process that started this one; nobody is left to read or to stop it then. Unlike a listener
// for 'disconnect', this does not keep a process running that has nothing left to do.
process.stdin
  .once('close', () => process.exit())
  .resume()
  .unref();
process.argv.splice(1, 1);
process.argv[1] = resolve(process.argv[1]);
require(process.argv[1]);
