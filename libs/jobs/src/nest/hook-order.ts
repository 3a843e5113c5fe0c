import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

/**
 * Nest runs a module's hooks by its distance from the root: the farthest module boots first and is shut down last.
 * These places are outside of every distance Nest gives (1 for the root to `Number.MAX_VALUE` for global modules).
 */
export const BOOTS_FIRST_ENDS_LAST = Infinity;
export const BOOTS_LAST_ENDS_FIRST = -Infinity;

/**
 * Puts a module's hooks before or after those of all others. To be called while modules are instantiated: Nest sorts
 * them once, when it runs the first hook.
 */
export function placeHooks(modules: ModulesContainer, module: Type, place: number): void {
  for (const each of modules.values()) {
    if (each.metatype === module) {
      each.distance = place;
    }
  }
}
