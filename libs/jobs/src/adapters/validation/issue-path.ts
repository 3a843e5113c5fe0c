/** The path of a field one step deeper: `address.city`, `items[2]`. */
export function join(above: string, step: PropertyKey): string {
  if (typeof step === 'number') {
    return `${above}[${step}]`;
  }
  return above === '' ? String(step) : `${above}.${String(step)}`;
}
