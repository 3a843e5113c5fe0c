import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** Where a page stands. */
export class PaginationView {
  @ApiPropertyOptional({ type: 'integer', description: 'From 1; absent where a cursor was followed' })
  readonly page?: number;

  @ApiProperty({ type: 'integer' })
  readonly page_size!: number;

  @ApiPropertyOptional({
    type: 'integer',
    description: 'How many there are in all; absent where only looking at every job would tell',
  })
  readonly total?: number;

  @ApiProperty({ description: 'There may be more: go on with the cursor' })
  readonly has_more!: boolean;

  @ApiPropertyOptional({
    description: 'Goes on where this page ended. A page may be short, or empty, and still have one',
  })
  readonly cursor?: string;

  @ApiProperty({ type: 'integer', description: 'How many were looked at for this page' })
  readonly scanned!: number;
}
