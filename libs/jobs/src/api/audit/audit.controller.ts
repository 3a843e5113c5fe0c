import { Get, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { AuditLog } from '../../application/ports/audit-log.js';
import { Endpoint, Endpoints } from '../endpoint.js';
import { type Checked, input } from '../input/input.pipe.js';
import { AuditListView, AuditQueryInput, auditView } from './audit-view.js';

const DEFAULT_PAGE_SIZE = 20;

/** Who changed what. */
@Endpoints('audit', 'Audit')
export class AuditController {
  constructor(private readonly audit: AuditLog) {}

  @Get()
  @ApiQuery({ type: AuditQueryInput })
  @Endpoint({
    id: 'listAudit',
    needs: 'operate',
    summary: 'Changes that were made through this API, newest first; the last 10,000 are kept',
    answers: AuditListView,
    fails: [400],
  })
  async list(
    @Query(input(AuditQueryInput)) { page_size = DEFAULT_PAGE_SIZE, ...query }: Checked<AuditQueryInput>,
  ): Promise<AuditListView> {
    const { entries, cursor, scanned } = await this.audit.list({ ...query, limit: page_size });
    return {
      entries: entries.map(auditView),
      pagination: {
        page_size,
        has_more: cursor !== undefined,
        ...(cursor === undefined ? {} : { cursor }),
        scanned,
      },
    };
  }
}
