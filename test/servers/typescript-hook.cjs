const { existsSync, readFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname, join, resolve } = require('node:path');
const { transformSync } = require('@swc/core');

const ROOT = resolve(__dirname, '../..');
const LIBRARY = join(ROOT, 'libs/jobs/src');

/**
 * Lets plain Node require the repository's TypeScript: every .ts file is compiled when it is loaded, with the
 * repository's .swcrc, and nothing is kept; imports resolve as they do under jest. Returns what undoes it.
 */
module.exports.registerTypeScript = function registerTypeScript() {
  const swcrc = JSON.parse(readFileSync(join(ROOT, '.swcrc'), 'utf8'));
  const earlierLoader = Module._extensions['.ts'];
  const earlierResolve = Module._resolveFilename;

  Module._extensions['.ts'] = (module, filename) => {
    const { code } = transformSync(readFileSync(filename, 'utf8'), {
      ...swcrc,
      swcrc: false,
      configFile: false,
      cwd: ROOT,
      filename,
      module: { type: 'commonjs' },
    });
    module._compile(code, filename);
  };
  Module._resolveFilename = function (request, parent, ...rest) {
    return earlierResolve.call(this, sourceOf(request, parent) ?? request, parent, ...rest);
  };
  return () => {
    Module._resolveFilename = earlierResolve;
    if (earlierLoader === undefined) delete Module._extensions['.ts'];
    else Module._extensions['.ts'] = earlierLoader;
  };
};

function sourceOf(request, parent) {
  if (request === 'nestjs-jobs') return join(LIBRARY, 'index.ts');
  if (request.startsWith('nestjs-jobs/')) return join(LIBRARY, request.slice('nestjs-jobs/'.length), 'index.ts');
  if (!parent?.filename?.endsWith('.ts') || !/^\.{1,2}\/.*\.js$/.test(request)) return undefined;
  const source = resolve(dirname(parent.filename), request.replace(/\.js$/, '.ts'));
  return existsSync(source) ? source : undefined;
}
