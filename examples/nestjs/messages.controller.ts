import { Controller } from '@nestjs/common';
import {
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  Transport,
  type KafkaContext,
} from '@nestjs/microservices';
import { PRODUCTION } from './tokens.ts';

@Controller()
export class MessagesController {
  @EventPattern('laps', Transport.KAFKA)
  handleLap(@Payload() lap: unknown, @Ctx() context: KafkaContext): void {
    console.log(`received ${JSON.stringify(lap)} from ${context.getTopic()}`);
  }

  @EventPattern('laps', PRODUCTION)
  handleProductionLap(@Payload() lap: unknown): void {
    console.log(`received ${JSON.stringify(lap)} in production`);
  }

  @MessagePattern('orders', Transport.KAFKA)
  answerOrder(@Payload() order: { count: number }): { price: number } {
    return { price: order.count * 10 };
  }
}
