import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { QuixStreamingClient } from 'quix-streams-auth';
import { QuixKafkaClient, QuixModule } from 'quix-streams-auth/nestjs';
import { HttpController } from './http.controller.ts';
import { MessagesController } from './messages.controller.ts';
import { KAFKA, PRODUCTION, PRODUCTION_KAFKA } from './tokens.ts';

@Module({
  imports: [
    TerminusModule,
    // The file is read again for each exchange, so a rotation needs no restart.
    QuixModule.forRoot({ tokenFile: process.env['QUIX_TOKEN_FILE'] }),
    QuixModule.forRoot({ provide: PRODUCTION, tokenEnvVar: 'PROD_QUIX_TOKEN' }),
  ],
  controllers: [MessagesController, HttpController],
  providers: [
    {
      provide: KAFKA,
      inject: [QuixStreamingClient],
      useFactory: (quix: QuixStreamingClient) => new QuixKafkaClient(quix, { groupId: 'shop' }),
    },
    {
      provide: PRODUCTION_KAFKA,
      inject: [PRODUCTION],
      useFactory: (quix: QuixStreamingClient) =>
        new QuixKafkaClient(quix, { producerOnlyMode: true }),
    },
  ],
})
export class AppModule {}
