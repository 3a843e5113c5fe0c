import { type INestApplication, Inject, Injectable, type Type } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

/** Injects the module class whose controllers the document describes. */
export const API_MODULE = Symbol.for('nestjs-jobs:api-module');

/** Makes the OpenAPI document of the API's own controllers, once, when it is first asked for. */
@Injectable()
export class ApiDocument {
  private made: OpenAPIObject | undefined;

  constructor(
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    private readonly host: HttpAdapterHost,
    @Inject(API_MODULE) private readonly module: Type,
  ) {}

  get(): OpenAPIObject {
    this.made ??= this.make();
    return this.made;
  }

  private make(): OpenAPIObject {
    // What @nestjs/swagger uses of an application; a provider cannot have the application itself.
    const application = {
      container: { getModules: () => this.modules },
      config: this.config,
      getHttpAdapter: () => this.host.httpAdapter,
    };
    const about = new DocumentBuilder()
      .setTitle('Background jobs')
      .setDescription('Looks at the jobs of an application, and changes them. Times are ISO 8601, in UTC.')
      .setVersion('1')
      .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'opaque' })
      .build();
    return SwaggerModule.createDocument(application as unknown as INestApplication, about, { include: [this.module] });
  }
}
