import { Counter, Gauge, Histogram, type Metric, register, type Registry } from 'prom-client';
import type { Log } from '../application/ports/log.js';
import { UsageError } from '../domain/errors/errors.js';

/** What a metric is called and says of itself. */
export interface Described {
  /** Without the prefix. */
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

/** One value of a metric that is read when it is asked for. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Answers the values of now. Must not reject: it would fail the whole scrape. */
export type Collect = () => Promise<readonly Sample[]>;

/** Metrics that a set of this process has made: one that an application left behind may be replaced. */
const made = new WeakSet<object>();

/** The metrics of one application: made with its prefix, in its registry, and taken out of it when it ends. */
export class MetricSet {
  private readonly names = new Map<string, Metric>();
  private readonly registry: Registry;
  private warned = false;

  constructor(
    private readonly prefix: string,
    registry: Registry | undefined,
    private readonly log: Log,
  ) {
    this.registry = registry ?? register;
  }

  /** @throws UsageError where the registry has a metric of that name */
  counter(described: Described): Counter {
    return this.keep(new Counter(this.free(described)));
  }

  /** @throws UsageError where the registry has a metric of that name */
  histogram(described: Described, buckets: readonly number[]): Histogram {
    return this.keep(new Histogram({ ...this.free(described), buckets: [...buckets] }));
  }

  /** A gauge that is read with each scrape. @throws UsageError where the registry has a metric of that name */
  readGauge(described: Described, read: Collect): void {
    this.keep(
      new Gauge({
        ...this.free(described),
        async collect() {
          const samples = await read();
          this.reset();
          for (const { labels = {}, value } of samples) {
            this.set(labels, value);
          }
          if (samples.length === 0 && described.labelNames === undefined) {
            // A gauge without labels is 0 unless told: what is not known must not be shown at all.
            this.remove();
          }
        },
      }),
    );
  }

  /** A counter that is kept elsewhere, and read with each scrape. @throws UsageError where the name is taken */
  readCounter(described: Described, read: Collect): void {
    this.keep(
      new Counter({
        ...this.free(described),
        async collect() {
          const samples = await read();
          this.reset();
          for (const { labels = {}, value } of samples) {
            this.inc(labels, value);
          }
        },
      }),
    );
  }

  /** Takes all of them out of the registry. */
  close(): void {
    for (const [name, metric] of this.names) {
      if (this.registry.getSingleMetric(name) === metric) {
        this.registry.removeSingleMetric(name);
      }
    }
    this.names.clear();
  }

  private free({ name, help, labelNames = [] }: Described) {
    const full = `${this.prefix}${name}`;
    const present = this.registry.getSingleMetric(full);
    if (present !== undefined && (!made.has(present) || this.names.has(full))) {
      throw new UsageError(
        `The registry has a metric '${full}' already; give JobsMetricsModule a prefix or a registry of its own`,
      );
    }
    if (present !== undefined) {
      // Of an application that booted before in this process: in tests, mostly, which do not always close theirs.
      this.registry.removeSingleMetric(full);
      if (!this.warned) {
        this.warned = true;
        this.log.warn(
          'Metrics of another application in this process were in the registry and are replaced; to keep both, give one a registry of its own',
        );
      }
    }
    return { name: full, help, labelNames: [...labelNames], registers: [this.registry] };
  }

  private keep<M extends Metric>(metric: M): M {
    // The name as registered: prom-client rewrites that of counters where it serves OpenMetrics.
    this.names.set((metric as unknown as { readonly name: string }).name, metric);
    made.add(metric);
    return metric;
  }
}
