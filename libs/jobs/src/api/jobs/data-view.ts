import { Inject, Injectable } from '@nestjs/common';
import type { Json } from '../../domain/job.js';
import { type ApiRole, holds } from '../access/role.js';
import { MASK } from '../../nest/options/secrets.js';
import { API_SETTINGS, type ApiSettings } from '../options/api-settings.js';

/** Decides what of a job's own data an answer shows: to whom, and without which properties. */
@Injectable()
export class DataView {
  constructor(@Inject(API_SETTINGS) private readonly settings: ApiSettings) {}

  /** True for a role that sees payloads, results, progress and metadata. */
  isVisibleTo(role: ApiRole): boolean {
    const { dataVisibleTo } = this.settings;
    return dataVisibleTo !== 'nobody' && holds(role, dataVisibleTo);
  }

  /** The same data, with the values of secret properties masked at any depth. */
  redact(data: Json): Json {
    if (Array.isArray(data)) {
      return (data as readonly Json[]).map((each) => this.redact(each));
    }
    if (typeof data !== 'object' || data === null) {
      return data;
    }
    return Object.fromEntries(
      Object.entries(data as { readonly [key: string]: Json }).map(([key, value]) => [
        key,
        this.isSecret(key) ? MASK : this.redact(value),
      ]),
    );
  }

  /** What stands at a path, redacted: below the name of a secret all is secret. */
  redactAt(path: readonly string[], value: Json): Json {
    return path.some((name) => this.isSecret(name)) ? MASK : this.redact(value);
  }

  private isSecret(name: string): boolean {
    return this.settings.redacted.has(name.toLowerCase());
  }
}
