import { Inject, Injectable } from '@nestjs/common';
import type { Json } from '../../domain/job.js';
import { parseWholeNumber } from '../../domain/options/whole-number.js';
import type { EngineSettings } from '../settings.js';
import { ENGINE_SETTINGS } from '../tokens.js';
import { type ConfigurationSection, Problems, type SettingInForce } from './configuration-section.js';

/** `deadLetterWarning`: from how many dead letters of a queue on a warning is logged. */
@Injectable()
export class DeadLetterSection implements ConfigurationSection {
  private readonly code: number;

  constructor(@Inject(ENGINE_SETTINGS) private readonly engine: EngineSettings) {
    this.code = engine.deadLetterWarning;
  }

  check(value: Json): readonly string[] {
    const problems = new Problems();
    problems.read(() => parseWholeNumber(value, 'deadLetterWarning', 1, Number.MAX_SAFE_INTEGER));
    return problems.lines;
  }

  apply(value: Json | undefined): void {
    this.engine.deadLetterWarning = (value as number | undefined) ?? this.code;
  }

  async settings(): Promise<readonly SettingInForce[]> {
    return [{ path: '', value: this.engine.deadLetterWarning }];
  }
}
