import { IsEmail, IsIn, IsObject } from 'class-validator';
import { TEMPLATE_NAMES, type TemplateName, type TemplateValues } from './email-templates.js';

/** One e-mail to one person. */
export class EmailPayload {
  @IsEmail()
  to!: string;

  @IsIn(TEMPLATE_NAMES)
  template!: TemplateName;

  @IsObject()
  values!: TemplateValues;
}
