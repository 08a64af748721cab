// A span for each exchange with the Portal, by OpenTelemetry. The library knows nothing of it: it tells
// Node's diagnostics_channel, where nothing is paid while nobody listens. No secret is told there.
//
//   npm install quix-streams-auth @opentelemetry/api @opentelemetry/sdk-trace-base
import { subscribe } from 'node:diagnostics_channel';
import { SpanKind, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  ConsoleSpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { QuixStreamingClient, type QuixExchangeTrace } from 'quix-streams-auth';

// Your own set-up, with an exporter that sends somewhere, takes the place of this.
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new ConsoleSpanExporter())] }),
);

const tracer = trace.getTracer('quix-streams-auth');
const spans = new WeakMap<object, Span>();
// The same object comes with each event of one exchange.
subscribe('tracing:quix-streams-auth:exchange:start', (message) => {
  const { portal } = message as QuixExchangeTrace;
  const attributes = { 'server.address': new URL(portal).hostname };
  spans.set(
    message as object,
    tracer.startSpan('quix exchange', { kind: SpanKind.CLIENT, attributes }),
  );
});
subscribe('tracing:quix-streams-auth:exchange:asyncEnd', (message) => {
  const { workspaceId, tokenSource, error } = message as QuixExchangeTrace;
  const span = spans.get(message as object);
  if (workspaceId !== undefined) span?.setAttribute('quix.workspace', workspaceId);
  if (tokenSource !== undefined) span?.setAttribute('quix.token.source', tokenSource);
  if (error) {
    span?.setAttribute('error.type', error.code);
    span?.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
  }
  span?.end();
});

const quix = new QuixStreamingClient();
await quix.getBrokerCredentials();
await quix.close();
