/**
 * True for lists and objects within one another, more levels of them than are allowed: what goes through them level by
 * level must not be led deeper than a stack is. Of plain data; never looks further down than it must.
 */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  return levels === 0 || Object.values(value).some((each) => isDeeperThan(each, levels - 1));
}
