import { Body, Controller, Get, Inject, Post, type OnApplicationBootstrap } from '@nestjs/common';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { QuixHealthIndicator, type QuixKafkaClient } from 'quix-streams-auth/nestjs';
import { lastValueFrom } from 'rxjs';
import { KAFKA, PRODUCTION_KAFKA } from './tokens.ts';

@Controller()
export class HttpController implements OnApplicationBootstrap {
  @Inject(KAFKA) private readonly kafka!: QuixKafkaClient;
  @Inject(PRODUCTION_KAFKA) private readonly production!: QuixKafkaClient;
  @Inject(HealthCheckService) private readonly health!: HealthCheckService;
  @Inject(QuixHealthIndicator) private readonly quix!: QuixHealthIndicator;

  async onApplicationBootstrap(): Promise<void> {
    this.kafka.subscribeToResponseOf('orders');
    await this.kafka.connect(); // finds or creates the topic orders.reply
  }

  @Post('laps')
  async sendLap(@Body() lap: object): Promise<void> {
    await lastValueFrom(this.kafka.emit('laps', { key: 'car-1', value: lap }));
  }

  @Post('production/laps')
  async sendProductionLap(@Body() lap: object): Promise<void> {
    await lastValueFrom(this.production.emit('laps', { key: 'car-1', value: lap }));
  }

  @Post('orders')
  order(@Body() order: { count: number }): Promise<{ price: number }> {
    return lastValueFrom(this.kafka.send<{ price: number }>('orders', order));
  }

  @Get('health/ready')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.quix.isHealthy()]);
  }
}
