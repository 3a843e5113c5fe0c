import { SetMetadata } from '@nestjs/common';

/** What a caller may do: look, hand jobs in as well, or change what there is as well. Each holds those before it. */
export const API_ROLES = ['read', 'submit', 'operate'] as const;
export type ApiRole = (typeof API_ROLES)[number];

/** True for a role that holds the other. */
export function holds(role: ApiRole, needed: ApiRole): boolean {
  return API_ROLES.indexOf(role) >= API_ROLES.indexOf(needed);
}

export function isRole(value: unknown): value is ApiRole {
  return (API_ROLES as readonly unknown[]).includes(value);
}

/** Says of an endpoint which role it needs: without it, nobody may. */
export const NEEDS = 'nestjs-jobs:needs-role';
export const Needs = (role: ApiRole): MethodDecorator => SetMetadata(NEEDS, role);
