import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const REPOSITORY = path.resolve(__dirname, '..', '..');

/** A page of the documentation. */
export interface Page {
  /** Its path from the root of the repository. */
  readonly name: string;
  readonly text: string;
}

/** A fenced block of code. */
export interface Block {
  readonly page: string;
  readonly language: string;
  readonly code: string;
  /** Marked by `<!-- fragment -->`: it stands for itself, and only has to be TypeScript. */
  readonly isFragment: boolean;
}

function page(name: string): Page {
  return { name, text: readFileSync(path.join(REPOSITORY, name), 'utf8') };
}

/** The files below a folder whose names end so, by their paths from the root of the repository. */
export function filesIn(folder: string, ending: string): readonly string[] {
  return readdirSync(path.join(REPOSITORY, folder), { recursive: true })
    .map((name) => path.join(folder, String(name)))
    .filter((name) => name.endsWith(ending))
    .sort();
}

/** Every page, those at the root included. */
export function pages(): readonly Page[] {
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesIn('docs', '.md')].map(page);
}

const BLOCK = /^(<!-- fragment -->\n+)?( *)```(\w*)\n(.*?)^ *```$/gms;

/** The blocks of code on a page. */
export function blocksOf({ name, text }: Page): readonly Block[] {
  return [...text.matchAll(BLOCK)].map(([, fragment, , language = '', code = '']) => ({
    page: name,
    language,
    code,
    isFragment: fragment !== undefined,
  }));
}

/** What a page says outside of its code. */
export function proseOf({ text }: Page): string {
  return text.replaceAll(BLOCK, '');
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(of: Page): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading = ''] of proseOf(of).matchAll(/^#{1,6} +(.*)$/gm)) {
    const anchor = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-');
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    anchors.add(times === 0 ? anchor : `${anchor}-${times}`);
  }
  return anchors;
}

/** The cells of a table's rows, without its head: the first table under the heading. */
export function tableUnder({ text }: Page, heading: string): readonly (readonly string[])[] {
  const from = text.indexOf(`${heading}\n`);
  const lines = text.slice(from).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const rows = lines.slice(first + 2);
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}
