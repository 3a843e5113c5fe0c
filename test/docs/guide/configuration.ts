import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  type Configuration,
  type ConfigurationSection,
  ConfigurationService,
  type EffectiveSetting,
  type Json,
} from 'nestjs-jobs';

@Injectable()
export class NightShift {
  constructor(private readonly configuration: ConfigurationService) {}

  async begin(): Promise<Configuration> {
    return this.configuration.change(
      {
        workers: { mail: { size: 2, concurrency: 10 } }, // in every process that has the group
        queues: { reports: { concurrency: 4, paused: false } },
        defaults: { retry: { attempts: 8, maxDelay: '2h' } },
        log: { level: 'warn' },
      },
      { by: 'ada@example.org' },
    );
  }

  async end(version: number): Promise<void> {
    await this.configuration.change(
      { workers: { mail: null }, log: null }, // what the code says again
      { by: 'ada@example.org', expectedVersion: version }, // refused if somebody was quicker
    );
    await this.configuration.revert(0, { by: 'ada@example.org' }); // everything as the code says
  }

  async lastChanges(): Promise<readonly string[]> {
    return (await this.configuration.history()).map(
      ({ version, by, at, changes }) =>
        `${version} by ${by} on ${new Date(at).toISOString()}: ${changes.map(({ path }) => path).join(', ')}`,
    );
  }

  async fixed(): Promise<readonly EffectiveSetting[]> {
    return (await this.configuration.effective()).filter(({ fixed }) => fixed !== undefined);
  }
}

@Injectable()
export class Surcharge implements ConfigurationSection, OnModuleInit {
  percent = 3; // what the code says

  constructor(private readonly configuration: ConfigurationService) {}

  async onModuleInit(): Promise<void> {
    await this.configuration.register('surcharge', this);
  }

  check(value: Json): readonly string[] {
    const fine = typeof value === 'number' && value >= 0;
    return fine ? [] : ['surcharge: use a number ≥ 0'];
  }

  apply(value: Json | undefined): void {
    this.percent = typeof value === 'number' ? value : 3;
  }
}
