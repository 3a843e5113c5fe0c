// The public face of `nestjs-jobs/api`.

export { JobsApiModule } from './jobs-api.module.js';
export type {
  ApiDataOptions,
  ApiRateLimitOptions,
  ApiTokenOptions,
  JobsApiAsyncOptions,
  JobsApiModuleOptions,
  JobsApiOptions,
  JobsApiPlacement,
} from './options/api-options.js';
export type { ApiRequest } from './access/api-request.js';
export { API_ROLES, type ApiRole } from './access/role.js';
export { ApiDocument } from './document/api-document.js';
export { BULK_TYPE, type BulkResult } from './bulk/bulk-work.js';
export { ErrorView } from './answers/error-view.js';
