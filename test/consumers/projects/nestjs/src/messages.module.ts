import { Controller, Module, type Type } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';

/** Creates the module when the id of the topic is known, because `EventPattern` needs it. */
export function messagesModule(topic: string, receive: (value: unknown) => void): Type {
  @Controller()
  class MessagesController {
    @EventPattern(topic)
    handle(@Payload() value: unknown): void {
      receive(value);
    }
  }

  @Module({ controllers: [MessagesController] })
  class MessagesModule {}

  return MessagesModule;
}
