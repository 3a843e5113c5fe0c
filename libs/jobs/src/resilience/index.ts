// The public face of `nestjs-jobs/resilience`.

export { Bulkhead, type BulkheadOptions, type BulkheadView } from './bulkhead.js';
export { CircuitBreaker } from './circuit-breaker.js';
export type { CircuitState, CircuitView } from './circuit-view.js';
export type { CircuitBreakerOptions, FailureShare } from './circuit-options.js';
