export interface EmailText {
  readonly subject: string;
  readonly text: string;
}

export type TemplateValues = Readonly<Record<string, string>>;

const TEMPLATES = {
  'order-confirmation': ({ name, order, items, total }: TemplateValues): EmailText => ({
    subject: `Your order ${order}`,
    text: `Hello ${name},\n\nthank you for your order ${order}:\n\n${items}\n\nTotal: ${total}\n\nThe corner shop\n`,
  }),
  'payment-reminder': ({ name, order, total }: TemplateValues): EmailText => ({
    subject: `Order ${order} is waiting for your payment`,
    text: `Hello ${name},\n\nwe have not received ${total} for your order ${order} yet.\n\nThe corner shop\n`,
  }),
  newsletter: ({ name }: TemplateValues): EmailText => ({
    subject: 'New on our shelves',
    text: `Hello ${name},\n\nteapots, lamps and a clock that wakes even us.\n\nThe corner shop\n`,
  }),
};

export type TemplateName = keyof typeof TEMPLATES;

export const TEMPLATE_NAMES = Object.keys(TEMPLATES) as readonly TemplateName[];

/** The subject and text of an e-mail. */
export function renderEmail(template: TemplateName, values: TemplateValues): EmailText {
  return TEMPLATES[template](values);
}
