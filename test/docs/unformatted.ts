/** Pages are formatted: a table's cells are as wide as the widest. */
export function unformatted(page: string): string {
  return page
    .replaceAll(/ {2,}/g, ' ')
    .replaceAll(/:?-{2,}:?/g, '---')
    .replaceAll(/\n{2,}/g, '\n')
    .replaceAll(/^\|\s*\|/gm, '| |');
}
