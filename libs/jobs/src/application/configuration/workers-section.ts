import { Inject, Injectable } from '@nestjs/common';
import type { Json } from '../../domain/job.js';
import { checkName } from '../../domain/names.js';
import { parseWholeNumber } from '../../domain/options/whole-number.js';
import type { EngineSettings } from '../settings.js';
import { ENGINE_SETTINGS } from '../tokens.js';
import { WorkerPool } from '../working/worker-pool.js';
import { type ConfigurationSection, Problems, settingPath, type SettingInForce } from './configuration-section.js';

/** Workers of a group, and jobs that each runs at once. */
const MAX_WORKERS = 10_000;

const WHY_QUEUES = 'which queues a process works decides what it hears of; it is read at its start';

interface WorkersValue {
  readonly size?: number;
  readonly concurrency?: number;
}

/** `workers`: how many workers a group has in each process that has the group, and how many jobs each runs at once. */
@Injectable()
export class WorkersSection implements ConfigurationSection {
  constructor(
    private readonly pool: WorkerPool,
    @Inject(ENGINE_SETTINGS) private readonly engine: EngineSettings,
  ) {}

  check(value: Json): readonly string[] {
    const problems = new Problems();
    const count = (entry: Json, path: string): number => parseWholeNumber(entry, path, 1, MAX_WORKERS);
    for (const [group, settings] of problems.entries(value, 'workers', 'an object of groups by name')) {
      problems.read(() => checkName(group, 'workers'));
      problems.fields(
        settings,
        settingPath('workers', group),
        { size: count, concurrency: count },
        { queues: WHY_QUEUES },
      );
    }
    return problems.lines;
  }

  apply(value: Json | undefined): void {
    const changed = (value ?? {}) as Readonly<Record<string, WorkersValue>>;
    for (const { name, size, concurrency } of this.engine.workers) {
      const group = Object.hasOwn(changed, name) ? changed[name] : undefined;
      this.pool.resize(name, group?.size ?? size, group?.concurrency ?? concurrency);
    }
  }

  async settings(): Promise<readonly SettingInForce[]> {
    return this.engine.workers.flatMap(({ name, size, concurrency, queues }) => {
      const now = this.pool.sizeOf(name) ?? { size, concurrency };
      return [
        { path: `${name}.size`, value: now.size },
        { path: `${name}.concurrency`, value: now.concurrency },
        {
          path: `${name}.queues`,
          value:
            queues.order === 'all'
              ? 'all'
              : queues.order === 'strict'
                ? [...queues.queues]
                : Object.fromEntries(queues.weights),
          fixed: WHY_QUEUES,
        },
      ];
    });
  }
}
