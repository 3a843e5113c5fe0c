import type { Middleware } from './handler.js';
import { type HandlerDefinition, HandlerRegistry } from './handler-registry.js';
import { DEFAULT_RETRY } from '../../domain/retry-policy.js';

const own: Middleware = (_job, next) => next();
const inner: Middleware = (_job, next) => next();
const outer: Middleware = (_job, next) => next();

function define(type: string): HandlerDefinition {
  return {
    type,
    queue: 'default',
    name: type,
    priority: 0,
    timeout: 1_000,
    retry: DEFAULT_RETRY,
    maxCrashes: 3,
    middleware: [own],
    invoke: () => undefined,
  };
}

describe('HandlerRegistry', () => {
  it('surrounds every handler, those that come later too, the latest outermost', () => {
    const registry = new HandlerRegistry();
    registry.add(define('there'));
    registry.surround(inner);
    registry.add(define('between'));
    registry.surround(outer);
    registry.add(define('later'));
    expect(registry.all().map(({ type, middleware }) => [type, middleware])).toEqual([
      ['there', [outer, inner, own]],
      ['between', [outer, inner, own]],
      ['later', [outer, inner, own]],
    ]);
    expect(registry.get('later')?.middleware[0]).toBe(outer);
    expect(registry.get('there')?.middleware[1]).toBe(inner);
  });
});
