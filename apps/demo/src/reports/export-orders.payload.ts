import { IsOptional, Matches } from 'class-validator';

/** Which orders to export. */
export class ExportOrdersPayload {
  /** Year and month, such as `2026-03`; all orders without it. */
  @IsOptional()
  @Matches(/^\d{4}-(?:0[1-9]|1[0-2])$/)
  month?: string;
}
