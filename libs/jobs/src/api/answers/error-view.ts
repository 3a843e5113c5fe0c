import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { JOB_STATES, type JobState } from '../../domain/job-state.js';
import { API_ROLES, type ApiRole } from '../access/role.js';
import type { FieldProblem } from './api-errors.js';

class FieldProblemView implements FieldProblem {
  @ApiProperty({ example: 'page_size', description: 'The path of the field; empty for the input as a whole' })
  readonly field!: string;

  @ApiProperty({ example: 'must be an integer from 1 to 100' })
  readonly message!: string;
}

/** Every error, as it is answered. */
export class ErrorView {
  @ApiProperty({ type: 'integer', example: 400 })
  readonly statusCode!: number;

  @ApiProperty({ example: 'invalid-input', description: 'Stable: branch on this' })
  readonly code!: string;

  @ApiProperty({ description: 'For people' })
  readonly message!: string;

  @ApiProperty({ description: 'Names the request in the audit trail and in logs; also in the header X-Request-Id' })
  readonly requestId!: string;

  @ApiPropertyOptional({ type: [FieldProblemView], description: 'Each field that is wrong' })
  readonly fields?: readonly FieldProblem[];

  @ApiPropertyOptional({ enum: JOB_STATES, description: 'The state the job is in, which does not allow the move' })
  readonly state?: JobState;

  @ApiPropertyOptional({ enum: JOB_STATES, isArray: true, description: 'The states that would' })
  readonly allowed?: readonly JobState[];

  @ApiPropertyOptional({ type: 'integer', description: 'The version that the configuration has, not the expected one' })
  readonly version?: number;

  @ApiPropertyOptional({
    type: [String],
    description: 'Jobs that are stored, but not confirmed: submit them again with these ids, or they may come twice',
  })
  readonly jobIds?: readonly string[];

  @ApiPropertyOptional({ enum: API_ROLES, description: 'The role that is needed' })
  readonly needs?: ApiRole;

  @ApiPropertyOptional({ enum: API_ROLES, description: 'The role the caller has' })
  readonly role?: ApiRole;
}
