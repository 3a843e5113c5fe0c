import type { ConfigurationPatch } from '../../application/configuration/configuration.js';
import { MAX_COUNT } from '../../domain/options/whole-number.js';
import { RecordField, WholeNumberField } from '../input/fields.js';

/** What of the configuration is to change; what it does not name stays. */
export class ConfigurationInput {
  @RecordField({
    description:
      'Laid over what was changed before, field by field; null gives a field, or a whole part, back to the code',
    required: true,
  })
  readonly change!: ConfigurationPatch;

  @WholeNumberField(0, MAX_COUNT, {
    description: 'Refused if the configuration has another version. Default: laid over any',
  })
  readonly expectedVersion?: number;
}

/** Which version to go back to. */
export class RevertInput {
  @WholeNumberField(0, MAX_COUNT, {
    description: 'One of the last 50, or 0: everything as the code says',
    required: true,
  })
  readonly version!: number;

  @WholeNumberField(0, MAX_COUNT, { description: 'Refused if the configuration has another version. Default: any' })
  readonly expectedVersion?: number;
}

/** Whether a change is bound to a version. */
export function expectation({ expectedVersion }: Pick<ConfigurationInput, 'expectedVersion'>): {
  readonly expectedVersion?: number;
} {
  return expectedVersion === undefined ? {} : { expectedVersion };
}
