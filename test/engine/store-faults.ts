import type { StorePorts } from '../../libs/jobs/src/application/ports/store-ports.js';
import { StoreUnavailableError } from '../../libs/jobs/src/domain/errors/errors.js';

export type Health = 'up' | 'rejects' | 'hangs';

/** What stands between an engine and its store: takes it away, and counts what is asked of it. */
export class StoreFaults {
  private readonly calls = new Map<string, number>();
  private health: (queue: string | undefined) => Health = () => 'up';

  /** How the store behaves from now on, for one queue or for all. */
  set(health: Health, queue?: string): void {
    this.health = (asked) => (queue === undefined || asked === queue ? health : 'up');
  }

  count(verb: string): number {
    return this.calls.get(verb) ?? 0;
  }

  call(verb: string, args: readonly unknown[], run: () => unknown): unknown {
    this.calls.set(verb, this.count(verb) + 1);
    switch (this.health(queueOf(args[0]))) {
      case 'up':
        return run();
      case 'rejects':
        return Promise.reject(new StoreUnavailableError('The store is away'));
      case 'hangs':
        return new Promise(() => undefined);
    }
  }
}

/** The same ports, with faults between. */
export function withFaults(ports: StorePorts): { readonly ports: StorePorts; readonly faults: StoreFaults } {
  const faults = new StoreFaults();
  const wrapped = Object.entries(ports).map(([name, port]) => [name, wrap(port as object, faults)]);
  return { ports: Object.fromEntries(wrapped) as StorePorts, faults };
}

function wrap(port: object, faults: StoreFaults): object {
  return new Proxy(port, {
    get(target, verb) {
      const value: unknown = Reflect.get(target, verb, target);
      return typeof value === 'function' && typeof verb === 'string' && verb !== 'constructor'
        ? (...args: unknown[]): unknown => faults.call(verb, args, () => value.apply(target, args) as unknown)
        : value;
    },
  });
}

function queueOf(argument: unknown): string | undefined {
  if (typeof argument === 'string') {
    return argument;
  }
  return typeof argument === 'object' && argument !== null && 'queue' in argument ? String(argument.queue) : undefined;
}
