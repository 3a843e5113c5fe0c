import { Injectable } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type {
  Configuration,
  ConfigurationChange,
  EffectiveSetting,
} from '../../application/configuration/configuration.js';
import type { Json } from '../../domain/job.js';
import { ANYTHING } from '../input/fields.js';
import { DataView } from '../jobs/data-view.js';
import { iso } from '../jobs/job-view.js';

/** What of the configuration was changed at run time. */
export class ConfigurationView {
  @ApiProperty({ type: 'integer', description: 'One more with each change; 0 where there never was one' })
  readonly version!: number;

  @ApiProperty({
    type: Object,
    additionalProperties: true,
    description: 'What differs from the code, by part',
    example: { workers: { mail: { size: 4 } } },
  })
  readonly changed!: Readonly<Record<string, Json>>;

  @ApiPropertyOptional({ description: 'Who made the last change' })
  readonly changedBy?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  readonly changedAt?: string;
}

/** A setting as it is in the process that answers. */
export class EffectiveSettingView {
  @ApiProperty({ example: 'workers.mail.size' })
  readonly path!: string;

  @ApiPropertyOptional({ ...ANYTHING, description: 'Durations in milliseconds; absent is none, such as no limit' })
  readonly value?: Json;

  @ApiProperty({ enum: ['code', 'run time'] })
  readonly from!: 'code' | 'run time';

  @ApiPropertyOptional({ description: 'Why it cannot be changed at run time; absent where it can' })
  readonly fixed?: string;
}

/** Every setting. */
export class EffectiveConfigurationView {
  @ApiProperty({ type: [EffectiveSettingView] })
  readonly settings!: readonly EffectiveSettingView[];
}

/** A setting that became another. */
export class SettingChangeView {
  @ApiProperty({ example: 'workers.mail.size' })
  readonly path!: string;

  @ApiPropertyOptional({ ...ANYTHING, description: 'Absent is what the code says' })
  readonly from?: Json;

  @ApiPropertyOptional({ ...ANYTHING, description: 'Absent is what the code says' })
  readonly to?: Json;
}

/** A change that was made. */
export class ConfigurationChangeView {
  @ApiProperty({ type: 'integer', description: 'The version that it made' })
  readonly version!: number;

  @ApiProperty()
  readonly by!: string;

  @ApiProperty({ format: 'date-time' })
  readonly at!: string;

  @ApiProperty({ type: [SettingChangeView] })
  readonly changes!: readonly SettingChangeView[];
}

/** The last changes. */
export class ConfigurationHistoryView {
  @ApiProperty({ type: [ConfigurationChangeView], description: 'The last 50, newest first' })
  readonly changes!: readonly ConfigurationChangeView[];
}

/** Shows the configuration, with the values of secret settings masked: parts of an application's own may have such. */
@Injectable()
export class ConfigurationViews {
  constructor(private readonly data: DataView) {}

  current({ version, changed, changedBy, changedAt }: Configuration): ConfigurationView {
    return {
      version,
      changed: this.data.redact(changed) as Readonly<Record<string, Json>>,
      ...(changedBy === undefined ? {} : { changedBy }),
      ...(changedAt === undefined ? {} : { changedAt: iso(changedAt) }),
    };
  }

  effective({ path, value, from, fixed }: EffectiveSetting): EffectiveSettingView {
    return {
      path,
      ...(value === undefined ? {} : { value: this.at(path, value) }),
      from,
      ...(fixed === undefined ? {} : { fixed }),
    };
  }

  change({ version, by, at, changes }: ConfigurationChange): ConfigurationChangeView {
    return {
      version,
      by,
      at: iso(at),
      changes: changes.map(({ path, from, to }) => ({
        path,
        ...(from === undefined ? {} : { from: this.at(path, from) }),
        ...(to === undefined ? {} : { to: this.at(path, to) }),
      })),
    };
  }

  /** A change as the audit trail tells of it. */
  told(change: unknown): string {
    return JSON.stringify(this.data.redact(change as Json)); // a body is JSON
  }

  private at(path: string, value: Json): Json {
    return this.data.redactAt(path.split('.'), value);
  }
}
