// Compiles TypeScript as the suite does, but takes the text of the module that MUTATED_MODULE names from the file that
// MUTATED_TEXT names. So a mutant is seen by the tests of one run, and no file of the repository is touched.
const { readFileSync } = require('node:fs');
const { createTransformer } = require('@swc/jest');

const compiler = createTransformer();
const { MUTATED_MODULE, MUTATED_TEXT } = process.env;

function textOf(source, file) {
  return file === MUTATED_MODULE ? readFileSync(MUTATED_TEXT, 'utf8') : source;
}

module.exports = {
  canInstrument: compiler.canInstrument,
  process: (source, file, options) => compiler.process(textOf(source, file), file, options),
  getCacheKey: (source, file, options) => compiler.getCacheKey(textOf(source, file), file, options),
};
