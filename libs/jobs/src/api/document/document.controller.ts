import { Get } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Endpoint, Endpoints } from '../endpoint.js';
import { ApiDocument } from './api-document.js';

/** The API's own description. */
@Endpoints('', 'Overview')
export class DocumentController {
  constructor(private readonly document: ApiDocument) {}

  @Get('openapi.json')
  @Endpoint({ id: 'getOpenApi', needs: 'read', summary: 'This document', answers: 'object' })
  get(): OpenAPIObject {
    return this.document.get();
  }
}
