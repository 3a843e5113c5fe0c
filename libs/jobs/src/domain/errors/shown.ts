// How values and lists look in messages: whatever comes in, a message stays readable.

const SHOWN_LENGTH = 120;

/** A value as it is shown in an error message: JSON where possible, cut at 120 characters. Never throws. */
export function show(value: unknown): string {
  if (typeof value === 'string' && value.length > SHOWN_LENGTH) {
    return `${JSON.stringify(value.slice(0, SHOWN_LENGTH - 1)).slice(0, SHOWN_LENGTH)}… (${value.length} characters)`;
  }
  let text: string | undefined;
  try {
    text =
      typeof value === 'string' || (typeof value === 'object' && value !== null)
        ? JSON.stringify(value)
        : String(value);
  } catch {
    text = undefined;
  }
  text ??= `[${typeof value}]`;
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}… (${text.length} characters)` : text;
}

const MOST_LISTED = 50;

/** The first of many texts, and how many more there are. */
export function listed(texts: readonly string[], separator: string): string {
  const more = texts.length - MOST_LISTED;
  return more <= 0 ? texts.join(separator) : [...texts.slice(0, MOST_LISTED), `… and ${more} more`].join(separator);
}

/** A name that came in as part of a path: as it is where it is a word, else as any other value. */
export function shownName(name: string): string {
  return /^[\w.:/[\]-]{1,128}$/.test(name) ? name : show(name);
}
