import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { AUDIT_OUTCOMES, type AuditOutcome, type AuditRecord } from '../../application/ports/audit-log.js';
import type { Json } from '../../domain/job.js';
import { PaginationView } from '../answers/pagination.js';
import { ChoiceField, FromQuery, TextField, WholeNumberField } from '../input/fields.js';
import { iso, JobKeyView } from '../jobs/job-view.js';

/** Which changes to list. */
export class AuditQueryInput {
  @TextField({ description: 'Who asked for it' })
  readonly who?: string;

  @TextField({ description: 'What was asked for, such as jobs.cancel' })
  readonly action?: string;

  @ChoiceField(AUDIT_OUTCOMES, { description: 'What became of it' })
  readonly outcome?: AuditOutcome;

  @FromQuery()
  @WholeNumberField(1, 100, { description: 'Entries at most', otherwise: 20 })
  readonly page_size?: number;

  @TextField({ description: 'The cursor of the page before' })
  readonly cursor?: string;
}

/** One change, and who made it. */
export class AuditEntryView {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty({ format: 'date-time' })
  readonly at!: string;

  @ApiProperty({ example: 'ada' })
  readonly who!: string;

  @ApiProperty({ example: 'jobs.cancel' })
  readonly action!: string;

  @ApiProperty({ enum: AUDIT_OUTCOMES, description: 'One that stays attempted was cut off: it may have been made' })
  readonly outcome!: AuditOutcome;

  @ApiPropertyOptional({ description: 'The queue, worker or schedule it was asked of' })
  readonly target?: string;

  @ApiProperty({ type: [JobKeyView], description: 'The first 20 jobs' })
  readonly jobs!: readonly JobKeyView[];

  @ApiProperty({ type: 'integer', description: 'How many jobs there were' })
  readonly count!: number;

  @ApiPropertyOptional({ type: Object, additionalProperties: true, description: 'Which jobs were meant' })
  readonly filter?: Readonly<Record<string, Json>>;

  @ApiPropertyOptional({ description: 'What was set, or the code of the error' })
  readonly detail?: string;

  @ApiPropertyOptional({ description: 'As the answer named it' })
  readonly requestId?: string;

  @ApiPropertyOptional()
  readonly ip?: string;
}

/** A page of the audit trail. */
export class AuditListView {
  @ApiProperty({ type: [AuditEntryView] })
  readonly entries!: readonly AuditEntryView[];

  @ApiProperty({ type: PaginationView })
  readonly pagination!: PaginationView;
}

export function auditView({ at, ...rest }: AuditRecord): AuditEntryView {
  return { ...rest, at: iso(at) };
}
