import { Injectable } from '@nestjs/common';
import type { JobContext } from '../application/attempts/job-context.js';
import type { MiddlewareObject } from '../application/handlers/handler.js';
import type { Log } from '../application/ports/log.js';
import { NestLog } from '../nest/logging/nest-log.js';
import { Circuit } from './circuit.js';
import type { CircuitView } from './circuit-view.js';
import { type CircuitBreakerOptions, type CircuitSettings, resolveCircuit } from './circuit-options.js';

/**
 * Middleware that holds the jobs of a type back while their attempts fail one after another: they wait without using an attempt,
 * until one of them has gone through. Each type has a circuit of its own, in each process.
 *
 * ```ts
 * JobsModule.forRoot({ middleware: [new CircuitBreaker({ types: [SendEmail], threshold: 5, halfOpenAfter: '30s' })] })
 * ```
 */
@Injectable()
export class CircuitBreaker implements MiddlewareObject {
  private readonly settings: CircuitSettings;
  private readonly byType = new Map<string, Circuit>();
  private readonly log: Log = new NestLog();

  /** @throws InvalidOptionError naming the option */
  constructor(options: CircuitBreakerOptions = {}) {
    this.settings = resolveCircuit(options);
  }

  use(job: JobContext, next: () => Promise<unknown>): Promise<unknown> {
    return this.settings.covers(job) ? this.circuit(job.type).run(job, next) : next();
  }

  /** All circuits of this process that an attempt has come to, for a health page or a metric. */
  circuits(): readonly CircuitView[] {
    return [...this.byType.values()].map(({ view }) => view);
  }

  private circuit(type: string): Circuit {
    let circuit = this.byType.get(type);
    if (circuit === undefined) {
      circuit = new Circuit(type, this.settings, this.log);
      this.byType.set(type, circuit);
    }
    return circuit;
  }
}
