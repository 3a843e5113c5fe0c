import { Injectable } from '@nestjs/common';
import type { Json } from '../../domain/job.js';
import { parseWord } from '../../domain/options/word.js';
import { Log } from '../ports/log.js';
import { type ConfigurationSection, Problems, type SettingInForce } from './configuration-section.js';
import { FilteredLog, LOG_LEVELS, type LogLevel } from './filtered-log.js';

const DEFAULT_LEVEL: LogLevel = 'debug';

/** `log`: the level below which the engine says nothing. What Nest's logger then lets pass is the application's matter. */
@Injectable()
export class LogSection implements ConfigurationSection {
  constructor(private readonly log: Log) {}

  check(value: Json): readonly string[] {
    const problems = new Problems();
    problems.fields(value, 'log', { level: (level: Json, path: string) => parseWord(LOG_LEVELS, level, path) });
    return problems.lines;
  }

  apply(value: Json | undefined): void {
    if (this.log instanceof FilteredLog) {
      this.log.level = (value as { readonly level?: LogLevel } | undefined)?.level ?? DEFAULT_LEVEL;
    }
  }

  async settings(): Promise<readonly SettingInForce[]> {
    return this.log instanceof FilteredLog ? [{ path: 'level', value: this.log.level }] : [];
  }
}
