import { readFile } from 'node:fs/promises';

/** Reads a file of comma-separated values without quoting: its first line names the fields. */
export async function readCsv(file: string): Promise<readonly Readonly<Record<string, string>>[]> {
  const [head = '', ...lines] = (await readFile(file, 'utf8')).trim().split(/\r?\n/);
  const names = head.split(',');
  return lines.map((line) => {
    const values = line.split(',');
    return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
  });
}

/** One line of comma-separated values; quoted where it must be. */
export function csvLine(values: readonly (string | number)[]): string {
  return `${values.map((value) => quote(String(value))).join(',')}\n`;
}

function quote(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
